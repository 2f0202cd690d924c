"""Which service may talk to which."""
