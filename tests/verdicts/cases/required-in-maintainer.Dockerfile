FROM scratch
MAINTAINER ${X:?not ours}
