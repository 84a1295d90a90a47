pub mod range;
pub mod zip;
