# Written by dockwright from services.toml; change it there, then run: dockwright gen
# dockwright:body=sha256:e524483ce5b7e9af

# Builds the images of the fleet, all of them or by name or phase, in the order in which they need
# each other. Run it in this directory:
#
#     docker buildx bake -f docker-bake.hcl
#     TREE=/path/to/the/sources docker buildx bake -f docker-bake.hcl invoices

# The build context: the root of the repository
variable "TREE" {
  default = ".."
}

variable "REGISTRY" {
  default = "docker.io"
}

# A second tag for each image, such as 20261122-1200; none if it is empty
variable "STAMP" {
  default = ""
}

# For the labels
variable "REVISION" {
  default = "unknown"
}

variable "VERSION" {
  default = "unknown"
}

# Where cached layers come from and go to, such as type=registry,ref=registry.example/cache; none if empty
variable "CACHE_FROM" {
  default = ""
}

variable "CACHE_TO" {
  default = ""
}

# What is recorded of each build, beside the image
variable "PROVENANCE" {
  default = true
}

# A list of what is in it; the scanner that makes it is an image, which a builder must be able to get
variable "SBOM" {
  default = true
}

# Seconds since 1970 that all time stamps of an image are set to; the output needs rewrite-timestamp=true
variable "SOURCE_DATE_EPOCH" {
  default = ""
}

function "tags" {
  params = [image, tag]
  result = compact(["${REGISTRY}/${image}:${tag}", STAMP == "" ? "" : "${REGISTRY}/${image}:${STAMP}"])
}

target "_fleet" {
  context    = TREE
  contexts   = { dockwright = "dockwright" }
  platforms  = ["linux/amd64", "linux/arm64"]
  args       = {
    REVISION          = REVISION
    VERSION           = VERSION
    SOURCE_DATE_EPOCH = SOURCE_DATE_EPOCH == "" ? null : SOURCE_DATE_EPOCH
  }
  attest     = compact([PROVENANCE ? "type=provenance,mode=max" : "type=provenance,disabled=true", SBOM ? "type=sbom" : ""])
  cache-from = compact([CACHE_FROM])
  cache-to   = compact([CACHE_TO])
}

group "default" {
  targets = ["phase-1"]
}

group "phase-1" {
  targets = [
    "basket",
    "orders",
    "invoices",
  ]
}

target "basket" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://basket/Dockerfile"
  tags       = tags("init-in/basket", "latest")
}

target "orders" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://orders/Dockerfile"
  tags       = tags("init-in/orders", "latest")
}

target "invoices" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://invoices/Dockerfile"
  tags       = tags("init-in/invoices", "latest")
}

