//! Answers every request; what it says is packed and unpacked by a library in C.

use std::io::Read;

fn main() {
    let greeting = std::env::args().nth(2).unwrap_or_default();
    let mut packed = Vec::new();
    let level = bzip2::Compression::best();
    bzip2::read::BzEncoder::new(greeting.as_bytes(), level).read_to_end(&mut packed).unwrap();
    let mut unpacked = String::new();
    bzip2::read::BzDecoder::new(&packed[..]).read_to_string(&mut unpacked).unwrap();
    let end = if cfg!(feature = "loud") { "!" } else { "" };
    println!("{unpacked} of {}{end}", names::SHOP);
    let server = tiny_http::Server::http("0.0.0.0:8080").unwrap();
    for request in server.incoming_requests() {
        request.respond(tiny_http::Response::from_string("ok")).unwrap();
    }
}
