//! What Redis does in one step. A value of another type is as good as none; the first letter says what a value is.

use std::sync::LazyLock;

use redis::Script;

/// The value that is there, or the claim that is put there, in the place of what is rubbish too.
pub(super) static CLAIM: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local held = redis.pcall('GET', KEYS[1])
         if type(held) == 'string' and held ~= ARGV[3] then return held end
         redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
         return ARGV[1]",
    )
});

/// Puts an answer in the place of what was seen, if that is there still.
pub(super) static KEEP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
         redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
         return 1",
    )
});

/// Puts a mark beside other marks, or in the place of anything else. Answers for how many milliseconds an answer that was there would
/// have been kept, else 0.
pub(super) static MARK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local held, left = redis.pcall('GET', KEYS[1]), 0
         if type(held) == 'string' and string.sub(held, 1, 1) == 'A' then left = redis.call('PTTL', KEYS[1]) end
         if type(held) ~= 'string' or string.sub(held, 1, 1) ~= 'W' then held = 'W' end
         redis.call('SET', KEYS[1], held .. ARGV[1], 'PX', ARGV[2])
         return left",
    )
});

/// Takes a mark away. Others stay; anything else goes, for it may be older than what was written.
pub(super) static UNMARK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local held, left = redis.pcall('GET', KEYS[1]), 'W'
         if type(held) == 'string' and string.sub(held, 1, 1) == 'W' then
             for place = 2, #held, 16 do
                 local mark = string.sub(held, place, place + 15)
                 if mark ~= ARGV[1] then left = left .. mark end
             end
         end
         if left == 'W' then return redis.call('DEL', KEYS[1]) end
         redis.call('SET', KEYS[1], left, 'KEEPTTL')
         return 1",
    )
});

/// All of them.
pub(super) fn all() -> [&'static Script; 4] {
    [&CLAIM, &KEEP, &MARK, &UNMARK]
}
