//! What things are called.

/// The shop.
pub const SHOP: &str = "the shop";
