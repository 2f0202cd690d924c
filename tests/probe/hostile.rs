//! Answers that are broken in all ways, to a probe that ends itself at the first wrong access.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::servers::V4;
use super::{Probe, SANITIZED, compile, databases, grpc, native};

/// How many broken answers each of the protocols gets.
const ROUNDS: usize = 60;

/// The probe with the sanitizers of memory and of undefined behaviour; without their libraries, none.
fn sanitized() -> Option<Probe> {
    native().then_some(())?;
    match compile("gcc", SANITIZED, "healthcheck-sanitized") {
        Ok(file) => Some(Probe { argv: vec![file.clone()], file }),
        Err(said) if said.contains("-lasan") || said.contains("libasan") => {
            eprintln!("skipped: this gcc has no sanitizers");
            None
        }
        Err(said) => panic!("{said}"),
    }
}

/// The same numbers in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    fn break_in_some_way(&mut self, answer: &mut Vec<u8>) {
        let at = self.below(answer.len() + 1);
        let rest = answer.len() - at;
        match self.below(6) {
            0 => answer.truncate(at),
            1 if rest > 0 => answer[at] = self.byte(),
            2 if rest > 0 => answer[at] ^= 1 << self.below(8),
            3 if rest > 0 => answer[at] = [0, 0x7f, 0x80, 0xff][self.below(4)],
            4 => {
                let part = answer[at..at + self.below(rest + 1)].to_vec();
                answer.splice(at..at, part);
            }
            _ => {
                let bytes: Vec<u8> = (0..self.below(40)).map(|_| self.byte()).collect();
                answer.splice(at..at, bytes);
            }
        }
    }
}

/// Every answer is good, but for the few places where it is broken.
#[test]
fn broken_answers_end_the_sanitized_probe_by_0_or_1() {
    let Some(probe) = sanitized() else { return };
    let answers: [(&[&str], Vec<u8>); 7] = [
        (
            &["http", "/", "--status=200,204"],
            b"HTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 204 No\r\n\r\n".to_vec(),
        ),
        (&["grpc"], grpc::serving()),
        (&["grpc", "shop.Cart"], grpc::serving_with_ornaments()),
        (&["redis"], b"+PONG\r\n".to_vec()),
        (&["redis", "--password-file=/proc/self/cmdline"], b"+OK\r\n+PONG\r\n".to_vec()),
        (&["mongodb"], databases::HELLO_ANSWER.to_vec()),
        (&["tls", "--host=shop.example"], b"\x16\x03\x03\0\x7a\x02\0\0\x76\x03\x03".to_vec()),
    ];
    let listener = TcpListener::bind((V4, 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let (sender, next) = mpsc::channel::<Vec<u8>>();
    thread::spawn(move || {
        for (answer, mut stream) in next.into_iter().zip(listener.incoming().flatten()) {
            let _ = stream.write_all(&answer);
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    let (mut numbers, mut runs, mut healthy) = (Numbers(0x9e37_79b9_7f4a_7c15), 0, 0);
    for (words, answer) in &answers {
        let mut words = words.to_vec();
        words.insert(1, &port);
        for round in 0..ROUNDS {
            let mut answer = answer.clone();
            for _ in 0..round.min(1 + numbers.below(3)) {
                numbers.break_in_some_way(&mut answer);
            }
            sender.send(answer.clone()).unwrap();
            let began = Instant::now();
            let output = probe.run(&words);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), Some(0 | 1)), "{words:?} {answer:?}: {said}");
            assert!(
                said.is_empty() || said.starts_with("unhealthy: ") && said.lines().count() == 1,
                "{said}"
            );
            assert!(began.elapsed() < Duration::from_secs(5), "{words:?} {answer:?}");
            runs += 1;
            healthy += usize::from(output.status.success());
        }
    }
    eprintln!("{runs} broken answers, {healthy} of them still healthy");
    assert!(healthy > answers.len() - 2 && healthy < runs / 2, "the answers are too broken, or not at all");
}
