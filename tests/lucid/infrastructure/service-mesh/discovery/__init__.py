"""Where the services are."""
