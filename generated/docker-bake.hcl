# Written by dockwright from services.toml; change it there, then run: dockwright gen
# dockwright:body=sha256:b1f423e2fad2342a

# Builds the images of the fleet in the order of their dependencies: all of them, or some by name or
# phase. Run in this directory:
#
#     docker buildx bake -f docker-bake.hcl
#     TREE=/path/to/the/sources docker buildx bake -f docker-bake.hcl storage

# Build context: the root of the repository
variable "TREE" {
  default = ".."
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
  platforms  = ["linux/arm64", "linux/amd64"]
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
  targets = ["phase-1", "phase-2", "phase-3", "phase-4", "phase-5", "phase-6"]
}

# Base Infrastructure
group "phase-1" {
  targets = [
    "base-python",
    "base-java",
    "base",
  ]
}

# Foundation Services
group "phase-2" {
  targets = [
    "mongodb",
    "redis",
    "elasticsearch",
    "auth-service",
  ]
}

# Core Services
group "phase-3" {
  targets = [
    "api-gateway",
    "service-mesh-controller",
    "blockchain-engine",
    "session-anchoring",
    "block-manager",
    "data-chain",
  ]
}

# Application Services
group "phase-4" {
  targets = [
    "session-pipeline",
    "session-recorder",
    "chunk-processor",
    "session-storage",
    "session-api",
    "rdp-server-manager",
    "rdp-xrdp",
    "rdp-controller",
    "rdp-monitor",
    "node-management",
  ]
}

# Support Services
group "phase-5" {
  targets = [
    "admin-interface",
    "tron-client",
    "payout-router",
    "wallet-manager",
    "usdt-manager",
    "trx-staking",
    "payment-gateway",
  ]
}

# Specialized Services
group "phase-6" {
  targets = [
    "gui",
    "rdp",
    "vm",
    "database",
    "storage",
  ]
}

target "base-python" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://infrastructure/containers/base/Dockerfile.python-base"
  tags       = tags("pickme/lucid-base", "python-distroless-arm64")
}

target "base-java" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://infrastructure/containers/base/Dockerfile.java-base"
  tags       = tags("pickme/lucid-base", "java-distroless-arm64")
}

target "base" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://infrastructure/docker/distroless/base/Dockerfile.base"
  tags       = tags("pickme/lucid-base", "latest-arm64")
}

target "mongodb" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://infrastructure/containers/storage/Dockerfile.mongodb"
  tags       = tags("pickme/lucid-mongodb", "latest-arm64")
}

target "redis" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://infrastructure/containers/storage/Dockerfile.redis"
  tags       = tags("pickme/lucid-redis", "latest-arm64")
}

target "elasticsearch" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://infrastructure/containers/storage/Dockerfile.elasticsearch"
  tags       = tags("pickme/lucid-elasticsearch", "latest-arm64")
}

target "auth-service" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://auth/Dockerfile"
  tags       = tags("pickme/lucid-auth-service", "latest-arm64")
}

target "api-gateway" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://03-api-gateway/Dockerfile"
  tags       = tags("pickme/lucid-api-gateway", "latest-arm64")
}

target "service-mesh-controller" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://service-mesh/Dockerfile"
  tags       = tags("pickme/lucid-service-mesh-controller", "latest-arm64")
}

target "blockchain-engine" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://blockchain/Dockerfile.engine"
  tags       = tags("pickme/lucid-blockchain-engine", "latest-arm64")
}

target "session-anchoring" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://blockchain/Dockerfile.anchoring"
  tags       = tags("pickme/lucid-session-anchoring", "latest-arm64")
}

target "block-manager" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://blockchain/Dockerfile.manager"
  tags       = tags("pickme/lucid-block-manager", "latest-arm64")
}

target "data-chain" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://blockchain/Dockerfile.data"
  tags       = tags("pickme/lucid-data-chain", "latest-arm64")
}

target "session-pipeline" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://sessions/Dockerfile.pipeline"
  tags       = tags("pickme/lucid-session-pipeline", "latest-arm64")
}

target "session-recorder" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://sessions/Dockerfile.recorder"
  tags       = tags("pickme/lucid-session-recorder", "latest-arm64")
}

target "chunk-processor" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://sessions/Dockerfile.processor"
  tags       = tags("pickme/lucid-chunk-processor", "latest-arm64")
}

target "session-storage" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://sessions/Dockerfile.storage"
  tags       = tags("pickme/lucid-session-storage", "latest-arm64")
}

target "session-api" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://sessions/Dockerfile.api"
  tags       = tags("pickme/lucid-session-api", "latest-arm64")
}

target "rdp-server-manager" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://RDP/Dockerfile.server-manager"
  tags       = tags("pickme/lucid-rdp-server-manager", "latest-arm64")
}

target "rdp-xrdp" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://RDP/Dockerfile.xrdp"
  tags       = tags("pickme/lucid-rdp-xrdp", "latest-arm64")
}

target "rdp-controller" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://RDP/Dockerfile.controller"
  tags       = tags("pickme/lucid-rdp-controller", "latest-arm64")
}

target "rdp-monitor" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://RDP/Dockerfile.monitor"
  tags       = tags("pickme/lucid-rdp-monitor", "latest-arm64")
}

target "node-management" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://node/Dockerfile"
  tags       = tags("pickme/lucid-node-management", "latest-arm64")
}

target "admin-interface" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://admin/Dockerfile"
  tags       = tags("pickme/lucid-admin-interface", "latest-arm64")
}

target "tron-client" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://payment-systems/tron/Dockerfile.tron-client"
  tags       = tags("pickme/lucid-tron-client", "latest-arm64")
}

target "payout-router" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://payment-systems/tron/Dockerfile.payout-router"
  tags       = tags("pickme/lucid-payout-router", "latest-arm64")
}

target "wallet-manager" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://payment-systems/tron/Dockerfile.wallet-manager"
  tags       = tags("pickme/lucid-wallet-manager", "latest-arm64")
}

target "usdt-manager" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://payment-systems/tron/Dockerfile.usdt-manager"
  tags       = tags("pickme/lucid-usdt-manager", "latest-arm64")
}

target "trx-staking" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://payment-systems/tron/Dockerfile.trx-staking"
  tags       = tags("pickme/lucid-trx-staking", "latest-arm64")
}

target "payment-gateway" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://payment-systems/tron/Dockerfile.payment-gateway"
  tags       = tags("pickme/lucid-payment-gateway", "latest-arm64")
}

target "gui" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://infrastructure/docker/distroless/gui/Dockerfile.gui"
  tags       = tags("pickme/lucid-gui", "latest-arm64")
}

target "rdp" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://infrastructure/docker/distroless/rdp/Dockerfile.rdp"
  tags       = tags("pickme/lucid-rdp", "latest-arm64")
}

target "vm" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://infrastructure/docker/multi-stage/Dockerfile.vm"
  tags       = tags("pickme/lucid-vm", "latest-arm64")
}

target "database" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://infrastructure/containers/database/Dockerfile.database"
  tags       = tags("pickme/lucid-database", "latest-arm64")
}

target "storage" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://infrastructure/containers/storage/Dockerfile.storage"
  tags       = tags("pickme/lucid-storage", "latest-arm64")
}
