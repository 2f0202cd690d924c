# Builds the images of the fleet in the order of their dependencies: all of them, or some by name or
# phase. Run in this directory:
#
#     docker buildx bake -f docker-bake.hcl
#     TREE=/path/to/the/sources docker buildx bake -f docker-bake.hcl {{ page.a_name() }}

# Build context: the root of the repository
variable "TREE" {
  default = "{{ page.tree() }}"
}

variable "REGISTRY" {
  default = {{ page.registry() }}
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
{%- if page.has_shared_files() %}
  contexts   = { dockwright = "dockwright" }
{%- endif %}
  platforms  = [{% for platform in page.platforms() %}{{ platform }}{% if !loop.last %}, {% endif %}{% endfor %}]
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
  targets = [{% for phase in page.phases() %}"{{ phase.group }}"{% if !loop.last %}, {% endif %}{% endfor %}]
}
{% for phase in page.phases() %}
{%- if !phase.name.is_empty() %}
# {{ phase.name }}
{%- endif %}
group "{{ phase.group }}" {
  targets = [
{%- for service in phase.services %}
    "{{ service.name.value }}",
{%- endfor %}
  ]
}
{% endfor %}
{%- for target in page.targets() %}
target "{{ target.name }}" {
  inherits   = ["_fleet"]
  dockerfile = "cwd://{{ target.dockerfile }}"
{%- if !target.stands_on.is_empty() %}
  contexts = {
{%- if page.has_shared_files() %}
    dockwright = "dockwright"
{%- endif %}
{%- for other in target.stands_on %}
    "{{ other.0 }}" = "target:{{ other.1.name.value }}"
{%- endfor %}
  }
{%- endif %}
  tags       = tags("{{ target.image_name }}", "{{ target.tag }}")
}
{% endfor %}
