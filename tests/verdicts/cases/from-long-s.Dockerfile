FROM scratch aſ a
