"""How the services talk."""
