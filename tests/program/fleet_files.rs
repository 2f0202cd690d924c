//! What the Compose file and the bake file say, read by parsers of others, held against the fleet.

use dockwright::fleet::description::SecretsAs;
use dockwright::fleet::words::EnvName;
use dockwright::fleet::{Fleet, Service};
use dockwright::render;
use dockwright::sync::WantedFile;
use hcl::expr::{Expression, TemplateExpr};
use yaml_rust2::{Yaml, YamlLoader};

/// Fails unless both files read back as the fleet is described; gives all that are rendered.
pub(crate) fn agree(fleet: &Fleet) -> Vec<WantedFile> {
    let services: Vec<_> = fleet.services.iter().collect();
    let files = render::files(fleet, &services, None, true, "services.toml").unwrap();
    for file in &files {
        match file.path.as_str() {
            render::COMPOSE => compose(fleet, &file.body),
            render::BAKE => bake(fleet, &file.body),
            _ => {}
        }
    }
    files
}

/// A text of YAML; anything else is a value that was not quoted.
fn text(value: &Yaml) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value:?} is no text"))
}

fn texts(value: &Yaml) -> Vec<&str> {
    value.as_vec().map_or_else(Vec::new, |items| items.iter().map(text).collect())
}

fn keys(value: &Yaml) -> Vec<&str> {
    value.as_hash().map_or_else(Vec::new, |table| table.keys().map(text).filter(|key| *key != "<<").collect())
}

fn compose(fleet: &Fleet, body: &str) {
    let documents = YamlLoader::load_from_str(body).unwrap_or_else(|e| panic!("{e}\n{body}"));
    let [file] = documents.as_slice() else { panic!("{} documents\n{body}", documents.len()) };
    assert_eq!(text(&file["name"]), fleet.name.as_str());
    let before_and_own = |service: &Service| {
        service.before_names().into_iter().chain([service.name.to_string()]).collect::<Vec<_>>()
    };
    let names: Vec<_> = fleet.services.iter().flat_map(before_and_own).collect();
    assert_eq!(keys(&file["services"]), names);
    let (mut volumes, mut networks) = (Vec::new(), Vec::new());
    for service in &fleet.services {
        let said = &file["services"][service.name.as_str()];
        assert_eq!(text(&said["image"]), format!("${{REGISTRY:-{}}}/{}", fleet.registry, service.image));
        let environment = &said["environment"];
        let mut variables: Vec<String> = service.settings.iter().map(ToString::to_string).collect();
        let ending = if service.secrets_as == SecretsAs::File { "_FILE" } else { "" };
        variables.extend(service.secrets.iter().map(|secret| format!("{secret}{ending}")));
        assert_eq!(keys(environment), variables);
        for name in &service.settings {
            match service.env.get(name) {
                Some(value) => assert_eq!(text(&environment[name.as_str()]), format!("${{{name}:-{value}}}")),
                None => assert!(environment[name.as_str()].is_null()),
            }
        }
        secrets(service, said);
        let mounts = texts(&said["volumes"]);
        assert_eq!(mounts.len(), service.volumes.len());
        for (mount, at) in mounts.iter().zip(&service.volumes) {
            let (volume, path) = mount.split_once(':').unwrap();
            assert_eq!(path, at.value.as_str());
            volumes.push(volume);
        }
        let scratch = texts(&said["tmpfs"]);
        for path in &service.writable {
            assert!(
                scratch.iter().any(|mount| mount.starts_with(&format!("{}:", path.value))),
                "{scratch:?}"
            );
        }
        let published: Vec<_> = service.publish.iter().map(ToString::to_string).collect();
        assert_eq!(texts(&said["ports"]), published);
        let joined: Vec<_> = service.networks.iter().map(|network| network.value.as_str()).collect();
        assert_eq!(texts(&said["networks"]), joined);
        networks.extend(joined);
        let others: Vec<_> = service.depends_on.iter().map(|other| other.value.to_string()).collect();
        let last = service.before_names().pop();
        assert_eq!(keys(&said["depends_on"]), others.iter().cloned().chain(last).collect::<Vec<_>>());
        before(service, &file["services"], &others);
    }
    assert_eq!(keys(&file["volumes"]), volumes);
    assert!(networks.iter().all(|network| keys(&file["networks"]).contains(network)));
    let as_files = |service: &&Service| service.secrets_as == SecretsAs::File;
    let variables = fleet.services.iter().filter(as_files).flat_map(|service| &service.secrets);
    let files = fleet.services.iter().flat_map(|service| service.secret_files.keys());
    let declared: std::collections::BTreeSet<_> = variables.chain(files).map(EnvName::as_str).collect();
    assert_eq!(keys(&file["secrets"]), declared.into_iter().collect::<Vec<_>>());
    for key in keys(&file["secrets"]) {
        assert_eq!(text(&file["secrets"][key]["file"]), format!("${{SECRETS:-./secrets}}/{key}"));
    }
}

/// The values of secret variables, and the files that secrets are mounted as.
fn secrets(service: &Service, said: &Yaml) {
    let as_files = service.secrets_as == SecretsAs::File;
    for name in &service.secrets {
        if as_files {
            let value = text(&said["environment"][format!("{name}_FILE").as_str()]);
            assert_eq!(value, format!("/run/secrets/{name}"));
        } else {
            let value = text(&said["environment"][name.as_str()]);
            assert_eq!(value, format!("${{{name}:?is a secret: set it in .env}}"));
        }
    }
    let mounts = said["secrets"].as_vec().cloned().unwrap_or_default();
    let (named, targets): (Vec<_>, Vec<_>) = mounts.iter().partition(|mount| mount.as_str().is_some());
    let expected: Vec<_> = service.secrets.iter().filter(|_| as_files).map(EnvName::as_str).collect();
    assert_eq!(named.into_iter().map(text).collect::<Vec<_>>(), expected);
    let targets: Vec<_> =
        targets.iter().map(|mount| (text(&mount["source"]), text(&mount["target"]))).collect();
    let expected: Vec<_> =
        service.secret_files.iter().map(|(name, path)| (name.as_str(), path.as_str())).collect();
    assert_eq!(targets, expected);
}

/// What must end before the service starts says the same as the service, but for what it runs and waits for.
fn before(service: &Service, services: &Yaml, others: &[String]) {
    let own = &services[service.name.as_str()];
    let mut earlier: Option<String> = None;
    for (name, command) in service.before_names().into_iter().zip(&service.before) {
        let said = &services[name.as_str()];
        for key in ["image", "environment", "secrets", "tmpfs", "volumes", "networks", "mem_limit", "cpus"] {
            assert_eq!(said[key], own[key], "{key} of {name}");
        }
        let argv: Vec<_> = texts(&said["entrypoint"]).iter().map(|word| word.replace("$$", "$")).collect();
        let start =
            command.iter().any(|argument| !argument.variables().is_empty()).then_some("/usr/bin/start");
        let words = start.into_iter().chain(command.iter().map(AsRef::as_ref));
        assert_eq!(argv, words.collect::<Vec<_>>());
        assert_eq!(said["healthcheck"]["disable"], Yaml::Boolean(true));
        assert_eq!(text(&said["restart"]), "no");
        assert!(said["ports"].is_badvalue());
        let waits = keys(&said["depends_on"]);
        match &earlier {
            Some(earlier) => assert_eq!(waits, [earlier]),
            None => assert_eq!(waits, others),
        }
        earlier = Some(name);
    }
    if let Some(last) = earlier {
        let condition = &own["depends_on"][last.as_str()]["condition"];
        assert_eq!(text(condition), "service_completed_successfully");
    }
}

/// A text of HCL without templates in it.
fn literal(expression: &Expression) -> String {
    match expression {
        Expression::String(text) => text.clone(),
        Expression::TemplateExpr(template) => match template.as_ref() {
            TemplateExpr::QuotedString(text) => text.clone(),
            TemplateExpr::Heredoc(other) => panic!("{other:?}"),
        },
        other => panic!("{other:?} is no text"),
    }
}

fn bake(fleet: &Fleet, body: &str) {
    let file = hcl::parse(body).unwrap_or_else(|e| panic!("{e}\n{body}"));
    let block = |kind: &str, name: &str| {
        let mut blocks = file.blocks();
        let found = blocks.find(|b| b.identifier.as_str() == kind && b.labels[0].as_str() == name);
        found.unwrap_or_else(|| panic!("no {kind} {name}\n{body}")).body.clone()
    };
    let attribute = |body: &hcl::Body, key: &str| {
        let mut attributes = body.attributes();
        attributes.find(|a| a.key.as_str() == key).unwrap_or_else(|| panic!("no {key}")).expr.clone()
    };
    assert_eq!(literal(&attribute(&block("variable", "REGISTRY"), "default")), fleet.registry.as_str());
    for service in &fleet.services {
        let target = block("target", service.name.as_str());
        let dockerfile = literal(&attribute(&target, "dockerfile"));
        assert_eq!(dockerfile, format!("cwd://{}", service.dockerfile.value));
        let Expression::FuncCall(tags) = attribute(&target, "tags") else { panic!("{target:?}") };
        let [image, tag] = tags.args.as_slice() else { panic!("{tags:?}") };
        assert_eq!(literal(image), service.image.name());
        assert_eq!(literal(tag), service.image.tag().unwrap_or("latest"));
    }
}
