//! What a rebuild does: nothing that was done before, and the same bytes where nothing changed.
