FROM REG.io/a
