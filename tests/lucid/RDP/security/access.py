"""Who may do what."""


def allowed(role: str, action: str) -> bool:
    return role == "admin" or action == "view"
