//! STUB
/// Stub.
pub struct Address(pub String, pub String);
impl Address {
    pub(super) fn prefix(&self) -> &str {
        &self.1
    }
}
