FROM ${X:?image}
