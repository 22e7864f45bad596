//! Reading what was just fed, also where a busy machine takes longer to follow than a call waits.

use tonic::{Code, Response, Status};

/// How often a call waits anew.
const TIMES: usize = 30;

/// Repeats a read that waits for what was fed until that is seen.
pub(crate) async fn seen<T>(mut read: impl AsyncFnMut() -> Result<Response<T>, Status>) -> Result<T, Status> {
    for _ in 1..TIMES {
        match read().await {
            Err(status) if status.code() == Code::DeadlineExceeded => {}
            answer => return answer.map(Response::into_inner),
        }
    }
    read().await.map(Response::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_patience_is_repeated() {
        let mut calls = 0;
        let late = seen(async || {
            calls += 1;
            if calls < 3 { Err(Status::deadline_exceeded("")) } else { Ok(Response::new(calls)) }
        });
        assert_eq!(late.await.map_err(|status| status.code()), Ok(3));
        let mut calls = 0;
        let refused = seen::<()>(async || {
            calls += 1;
            Err(Status::not_found(""))
        });
        assert_eq!((refused.await.map_err(|status| status.code()), calls), (Err(Code::NotFound), 1));
    }
}
