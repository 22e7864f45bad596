#![doc = include_str!("../README.md")]

#[cfg(all(feature = "armed", debug_assertions))]
#[doc(hidden)]
pub mod armed;

/// A point at which a test can have the process crash, wait, or return an error where one is given.
#[cfg(all(feature = "armed", debug_assertions))]
#[macro_export]
macro_rules! failpoint {
    ($point:literal) => {
        let _ = $crate::armed::reach($point).await;
    };
    ($point:literal, $error:expr) => {
        if $crate::armed::reach($point).await {
            return Err($error);
        }
    };
}

/// A point at which a test can have the process crash, wait, or return an error where one is given. Here it is nothing.
#[cfg(not(all(feature = "armed", debug_assertions)))]
#[macro_export]
macro_rules! failpoint {
    ($point:literal) => {};
    ($point:literal, $error:expr) => {};
}
