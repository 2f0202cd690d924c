//! Greets each connection as a mail server does, with the number of those before it.

use std::io::Write;
use std::net::TcpListener;

fn main() {
    let listener = TcpListener::bind("0.0.0.0:2525").expect("the port is free");
    for (count, stream) in listener.incoming().enumerate() {
        if let Ok(mut stream) = stream {
            let mut digits = itoa::Buffer::new();
            let _ = writeln!(stream, "220 mail.shop.example ({})", digits.format(count));
        }
    }
}
