# Written by dockwright from services.toml; change it there, then run: dockwright gen
# dockwright:body=sha256:c7abbbfa3d3d8521

# Builds the images of the fleet in the order of their dependencies: all of them, or some by name or
# phase. Run in this directory:
#
#     docker buildx bake -f docker-bake.hcl
#     TREE=/path/to/the/sources docker buildx bake -f docker-bake.hcl dockwright

# Build context: the root of the repository
variable "TREE" {
  default = "."
}

variable "REGISTRY" {
  default = "docker.io"
}

# Additional tag for each image, such as 20261122-1200; none if empty
variable "STAMP" {
  default = ""
}

# For the labels org.opencontainers.image.revision and org.opencontainers.image.version
variable "REVISION" {
  default = "unknown"
}

variable "VERSION" {
  default = "unknown"
}

# External build cache, such as type=registry,ref=registry.example/cache; none if empty
variable "CACHE_FROM" {
  default = ""
}

variable "CACHE_TO" {
  default = ""
}

# Attach provenance attestations
variable "PROVENANCE" {
  default = true
}

# Attach an SBOM to each image; the builder must be able to pull the image of the scanner
variable "SBOM" {
  default = true
}

# Time stamp of all files in an image, in seconds since 1970; needs an output with rewrite-timestamp=true
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
    "dockwright",
  ]
}

target "dockwright" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://Dockerfile"
  tags       = tags("dockwright", "latest")
}
