FLEET = "lucid"
