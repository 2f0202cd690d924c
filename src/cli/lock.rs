//! `dockwright lock`: what the tags of services.toml stand for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;

use super::source::{Description, Fault, Refusal, read};
use super::{FleetFile, Out, Outcome, Today};
use crate::diagnostic::{few, nearest};
use crate::dockerfile::Dockerfile;
use crate::file_path::{self, shown, shown_in};
use crate::image::ImageReference;
use crate::lock::{Lock, Pin};
use crate::registry::{Client, Credentials, Patience, RegistryError, Resolved, Roots};
use crate::report::fleet_options::FleetOptions;
use crate::sync::{self, Options, State, pins};
use crate::{render, report};

/// As many as a registry takes from one address without complaint.
pub(super) const JOBS: usize = 8;

/// Pin the images of services.toml to digests, in services.lock.
#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("what").required(true).args(["update", "adopt"]),
    after_help = "\
Examples:
  dockwright lock --update                  resolve each tag to its current digest
  dockwright lock --update redis:7.2        only this image; the others keep their pins
  dockwright lock --adopt                   accept digests that a bot wrote into generated files

services.lock is next to services.toml. Run `dockwright gen` afterwards to write the digests into
FROM lines. Passwords are those of `docker login`.

Exit codes: 0; 1 an edit cannot be adopted; 2 wrong usage, an invalid services.toml, a registry that
fails or denies access, or an image that lacks a platform of the fleet: nothing is written"
)]
pub(super) struct LockCommand {
    /// Base or tool images, with or without the tag, or names of bases; all if none is given
    #[arg(value_name = "IMAGE", conflicts_with = "adopt")]
    images: Vec<String>,
    /// Resolve tags at the registries
    #[arg(long)]
    update: bool,
    /// Accept digests that were edited in generated files, such as by a bot
    #[arg(long)]
    adopt: bool,
    #[command(flatten)]
    fleet: FleetFile,
    /// The output directory, instead of `output` of services.toml
    #[arg(long, value_name = "DIR", requires = "adopt")]
    out: Option<PathBuf>,
}

impl LockCommand {
    pub(super) fn run(&self, out: &mut dyn Out) -> anyhow::Result<Outcome> {
        let description = Description::load(&self.fleet.fleet)?;
        if self.adopt { self.adopt(out, &description) } else { self.update(out, &description) }
    }

    fn update(&self, out: &mut dyn Write, description: &Description) -> anyhow::Result<Outcome> {
        let wanted = self.select(description)?;
        let file = match LockFile::load(description) {
            // A lock that cannot be read is written anew, but not in parts.
            Err(Fault::Description { path, text, .. }) if self.images.is_empty() => {
                LockFile { path, text: Some(text), lock: None }
            }
            file => file?,
        };
        let resolved = resolve(&wanted)?;
        let platforms = platforms(description);
        let lacking: Vec<_> = resolved.iter().filter_map(|image| image.require(&platforms).err()).collect();
        if !lacking.is_empty() {
            return Err(Fault::Registry(lacking.into_iter().map(Refusal::of_itself).collect()).into());
        }
        let before = file.lock.clone().unwrap_or_else(|| Lock::new(description.fleet.name.as_str()));
        let mut lock = before.clone();
        let today = Today::of_the_clock();
        for image in &resolved {
            let (digest, platforms) = (image.digest.clone(), image.platforms());
            lock.record(&image.image, Pin { digest, platforms, resolved_at: today });
        }
        lock.keep_only(description.fleet.base_images());
        file.write(&lock)?;
        changes(out, &before, &lock)?;
        Ok(Outcome::Clean)
    }

    /// The images to ask for; what is written with a digest needs no pin.
    fn select(&self, description: &Description) -> Result<Vec<ImageReference>, Fault> {
        let all: Vec<_> =
            description.fleet.base_images().into_iter().filter(|image| image.digest().is_none()).collect();
        if self.images.is_empty() {
            return Ok(all.into_iter().cloned().collect());
        }
        let mut chosen = BTreeSet::new();
        for text in &self.images {
            let base = description.fleet.bases.iter().find(|(name, _)| name.as_str() == text);
            let of_base = |image: &ImageReference| {
                base.is_some_and(|(_, base)| [&base.value.build, &base.value.run].contains(&image))
            };
            let named = |image: &ImageReference| image.to_string() == *text || image.name() == text;
            let found: Vec<_> = all.iter().filter(|image| named(image) || of_base(image)).collect();
            if found.is_empty() {
                let names: Vec<_> = all.iter().map(ToString::to_string).collect();
                let near = nearest(text, names.iter().map(String::as_str));
                let hint = near.map(|near| format!("did you mean `{near}`?"));
                let hint = hint.or_else(|| {
                    Some(format!("known: {}; `dockwright bases --used` lists all", few(names.iter(), 6)))
                });
                return Err(Fault::plain(format!("no base in services.toml uses the image `{text}`"), hint));
            }
            chosen.extend(found.into_iter().map(|&image| image.clone()));
        }
        Ok(chosen.into_iter().collect())
    }

    fn adopt(&self, out: &mut dyn Write, description: &Description) -> anyhow::Result<Outcome> {
        let fleet_options = description.fleet_options(self.out.as_deref());
        let file = LockFile::load(description)?;
        let Some(before) = &file.lock else {
            let hint = fleet_options.put_into("run `dockwright lock --update` first").into_owned();
            return Err(Fault::plain(format!("there is no `{}`", shown(&file.path)), Some(hint)).into());
        };
        let edits = edited_images(description, before, self.out.as_deref())?;
        let mut lock = before.clone();
        let mut taken: BTreeMap<ImageReference, &Edited> = BTreeMap::new();
        let mut left = Vec::new();
        let today = Today::of_the_clock();
        for edit in &edits {
            let tag = edit.image.without_digest();
            if before.pin(&tag).is_none() || edit.image.digest().is_none() {
                left.push(edit);
            } else if let Some(other) = taken.get(&tag).filter(|other| other.image != edit.image) {
                return Err(conflict(edit, other, &fleet_options).into());
            } else if lock.adopt(&edit.image, today) {
                taken.insert(tag, edit);
            }
        }
        file.write(&lock)?;
        for edit in &left {
            let Edited { image, path, .. } = edit;
            let why = if image.digest().is_none() && before.pin(image).is_some() {
                "has no digest; `dockwright gen --force` writes the pin again"
            } else {
                "has no pin; change the image in [bases]"
            };
            writeln!(out, "left     {path}: {image} {}", fleet_options.put_into(why))?;
        }
        changes(out, before, &lock)?;
        if lock != *before {
            let message =
                fleet_options.put_into("run `dockwright gen` to write the new digests into all files");
            writeln!(out, "hint: {message}")?;
        }
        Ok(if left.is_empty() { Outcome::Clean } else { Outcome::Differences })
    }
}

/// An image that somebody wrote into a generated file.
struct Edited {
    image: ImageReference,
    path: String,
}

fn conflict(one: &Edited, other: &Edited, fleet_options: &FleetOptions) -> Fault {
    let message = format!("`{}` and `{}` have different digests for one image", other.path, one.path);
    let make = fleet_options.put_into("make them the same, or run `dockwright gen --force`");
    let hint = format!("{} and {}: {make}", other.image, one.image);
    Fault::plain(message, Some(hint))
}

/// The images of files with pin drift that are not what the lock says.
fn edited_images(description: &Description, lock: &Lock, out: Option<&Path>) -> anyhow::Result<Vec<Edited>> {
    let services: Vec<_> = description.fleet.services.iter().collect();
    let root = description.output(out);
    let options = Options { full: true, ..Options::default() };
    let wanted = render::files(&description.fleet, &services, Some(lock), true, &description.name())?;
    let found = sync::read(&description.open_output(out)?, &wanted, options).map_err(Fault::Files)?;
    let plan = sync::plan(wanted, found, options);
    let mut edits: Vec<Edited> = Vec::new();
    for file in plan.files.iter().filter(|file| file.state == State::PinDrift) {
        let text = String::from_utf8_lossy(file.old.as_deref().unwrap_or_default());
        for (image, _) in pins::images(&Dockerfile::read(&text)) {
            let known = lock.pinned(&image.without_digest()).as_ref() == Some(&image);
            let path = shown_in(&root, file.path.as_str());
            if !known && !edits.iter().any(|edit| edit.image == image && edit.path == path) {
                edits.push(Edited { image, path });
            }
        }
    }
    Ok(edits)
}

/// Asks for all images at once; each answer is a line on a terminal.
fn resolve(images: &[ImageReference]) -> Result<Vec<Resolved>, Fault> {
    let client = client()?;
    let (done, watched) = (AtomicUsize::new(0), io::stderr().is_terminal());
    let results = client.resolve_all(images, JOBS, |place, result| {
        let number = done.fetch_add(1, Ordering::Relaxed) + 1;
        if watched {
            let what = result.as_ref().map_or("failed", |image| short(&image.digest));
            // Whoever cannot see the progress sees the result.
            let _ = writeln!(io::stderr(), "[{number}/{}] {} {what}", images.len(), images[place]);
        }
    });
    let mut resolved = Vec::new();
    let mut failed = Vec::new();
    for (image, result) in images.iter().zip(results) {
        match result {
            Ok(found) => resolved.push(found),
            Err(error) => failed.push((image, error)),
        }
    }
    if failed.is_empty() { Ok(resolved) } else { Err(Fault::Registry(Refusal::all(failed))) }
}

/// A client that knows what Docker knows.
pub(super) fn client() -> Result<Client, Fault> {
    let failed = |error: RegistryError| Fault::Registry(vec![Refusal::of_itself(error)]);
    let roots = Roots::from_environment().map_err(failed)?;
    let credentials = Credentials::from_environment().map_err(failed)?;
    Ok(Client::trusting(roots, credentials, Patience::default()))
}

/// What became of the pins: a line for each that changed, and a summary.
fn changes(out: &mut dyn Write, before: &Lock, after: &Lock) -> io::Result<()> {
    let mut changed = 0;
    for (image, pin) in after.pins() {
        let new = short(&pin.digest);
        match before.pin(image) {
            Some(old) if old.digest == pin.digest => continue,
            Some(old) => writeln!(out, "updated  {image} {} -> {new}", short(&old.digest))?,
            None => writeln!(out, "added    {image} {new}")?,
        }
        changed += 1;
    }
    let gone: Vec<_> = before.pins().filter(|(image, _)| after.pin(image).is_none()).collect();
    for (image, _) in &gone {
        writeln!(out, "removed  {image}")?;
    }
    let (total, s) = (after.pins().len(), if after.pins().len() == 1 { "" } else { "s" });
    writeln!(out, "{total} image{s}: {} changed, {} as before", changed + gone.len(), total - changed)
}

/// The platforms that every image must be published for.
fn platforms(description: &Description) -> Vec<String> {
    description.fleet.platforms.iter().map(ToString::to_string).collect()
}

/// The start of a digest, which is enough to tell two apart.
fn short(digest: &str) -> &str {
    digest.get(..19).unwrap_or(digest)
}

/// A lock is not trusted: of what a link leads to in another tree, no line is shown in an error.
fn leads_out(path: &Path) -> Result<(), Fault> {
    let (Ok(real), Ok(directory)) = (file_path::real(path), file_path::real(file_path::directory(path)))
    else {
        return Ok(());
    };
    if real.starts_with(directory) {
        return Ok(());
    }
    let message = format!("cannot read `{}`: the link leads out of its directory", shown(path));
    Err(Fault::plain(message, Some("replace the link with the file".to_owned())))
}

/// The file beside the description, and what it says.
pub(super) struct LockFile {
    path: PathBuf,
    text: Option<String>,
    /// `None` if there is no file.
    pub(super) lock: Option<Lock>,
}

impl LockFile {
    /// Reads and checks the lock of a description: `services.lock` beside `services.toml`.
    pub(super) fn load(description: &Description) -> Result<Self, Fault> {
        let path = description.path.with_extension("lock");
        // A link that leads nowhere is an error, and no lock that is not there.
        if !path.exists() && !path.is_symlink() {
            return Ok(Self { path, text: None, lock: None });
        }
        leads_out(&path)?;
        let text = read(&path)?;
        match Lock::parse(&text, description.fleet.name.as_str()) {
            Ok(lock) => Ok(Self { path, text: Some(text), lock: Some(lock) }),
            Err(mistakes) => Err(Fault::Description { path, text, mistakes }),
        }
    }

    /// Where it is, or would be.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn write(&self, lock: &Lock) -> Result<(), Fault> {
        let old = self.text.as_ref().map(String::as_bytes);
        sync::replace(&self.path, old, &lock.to_string()).map(|_| ()).map_err(Fault::Files)
    }

    /// Says what the lock lacks, what it holds too many, and what in it is old; whether it must change.
    pub(super) fn review(&self, description: &Description, err: &mut dyn Write) -> io::Result<bool> {
        let Some(lock) = &self.lock else { return Ok(false) };
        let path = shown(&self.path);
        let difference = lock.compare(description.fleet.base_images(), &platforms(description));
        for image in &difference.missing {
            report::warning_line(err, &format!("{path} has no pin of {image}, which services.toml uses"))?;
        }
        for image in &difference.superfluous {
            report::warning_line(err, &format!("{path} pins {image}, which services.toml does not use"))?;
        }
        for (image, lacking) in &difference.lacking {
            let message = format!("{path}: the pin of {image} is not for {}", lacking.join(", "));
            report::warning_line(err, &message)?;
        }
        for (image, days) in lock.older_than(description.fleet.lock_age, Today::of_the_clock()) {
            report::warning_line(err, &format!("{path}: the pin of {image} is {days} days old"))?;
        }
        if !difference.is_empty()
            || lock.older_than(description.fleet.lock_age, Today::of_the_clock()).next().is_some()
        {
            report::hint_line(
                err,
                &description.fleet_options(None).put_into("run `dockwright lock --update`"),
            )?;
        }
        Ok(!difference.is_empty())
    }
}
