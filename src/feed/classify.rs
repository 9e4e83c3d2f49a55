//! stub
#[derive(Debug, Default)]
pub struct Classifier;
