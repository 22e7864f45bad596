//! Whatever goes wrong around a handler, the caller reads it in our words.

use tenure_proto::{
    journal::v1::{TailRequest, journal_service_client::JournalServiceClient},
    value::v1::value_service_client::ValueServiceClient,
};
use tonic::{Code, Status, codec::CompressionEncoding};

use crate::{
    dummy::SECRET,
    reading::{reason, spell},
    ways::{LIST_MODELS, Server, ask, authorized, frame, send_raw, soon, word},
};

/// Both ways give the same status, which tells nothing of the inside.
async fn both(server: &Server, name: &str, headers: &[(&str, &str)], body: Vec<u8>) {
    let bearer = format!("Bearer {}", server.key);
    let headers: Vec<_> = headers.iter().copied().chain([("authorization", bearer.as_str())]).collect();
    for peer in server.ways() {
        let status = send_raw(peer, LIST_MODELS, &headers, body.clone()).await.expect(name);
        insta::assert_snapshot!(name, spell(&status));
    }
}

fn tells_nothing(status: &Status) {
    let text = format!("{status:?} {}", String::from_utf8_lossy(status.details()));
    for leak in [SECRET, "prost", "Protobuf message:", "h2", "rust", ".rs", "tokio"] {
        assert!(!text.contains(leak), "{leak} in {text}");
    }
}

#[tokio::test]
async fn unreadable_messages() {
    let server = Server::start().await;
    // Field 2, page_token, of two bytes that are not UTF-8.
    both(&server, "not_utf8", &[], frame(&[0x12, 2, 0xc3, 0x28])).await;
    // Field 1, page_size, as a text.
    both(&server, "wrong_type", &[], frame(&[0x0a, 1, b'x'])).await;
    // Field 2 of 100 bytes, of which there is one.
    both(&server, "cut_message", &[], frame(&[0x12, 100, b'x'])).await;
    both(&server, "noise", &[], frame(&[0xff; 64])).await;
    both(&server, "no_message", &[], Vec::new()).await;
    both(&server, "cut_frame", &[], frame(b"xxxxxxxx")[..9].to_vec()).await;
    both(&server, "cut_header", &[], vec![0, 0, 0]).await;
    both(&server, "wrong_flag", &[], vec![7, 0, 0, 0, 0]).await;
    both(&server, "flag_without_encoding", &[], vec![1, 0, 0, 0, 0]).await;
    both(&server, "not_gzip", &[("grpc-encoding", "gzip")], vec![1, 0, 0, 0, 3, 1, 2, 3]).await;
    both(&server, "unknown_encoding", &[("grpc-encoding", "snappy")], vec![1, 0, 0, 0, 0]).await;
}

/// Unknown groups within each other, up to a whole message of them: the library counts, and no stack overflows.
#[tokio::test]
async fn deeply_nested_messages() {
    let server = Server::start().await;
    for depth in [101, 10_000, 8_000_000] {
        // Field 100 as the start of a group takes two bytes.
        both(&server, "nested_groups", &[], frame(&[0xa3, 0x06].repeat(depth))).await;
    }
    // Fields within each other by length, in a field that the message does not have: they are skipped, not entered.
    let mut message = Vec::new();
    for _ in 0..200 {
        let mut outer = vec![0xa2, 0x06];
        outer.extend(varint(message.len()));
        outer.extend(message);
        message = outer;
    }
    both(&server, "nested_fields", &[], frame(&message)).await;
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

#[tokio::test]
async fn messages_that_are_too_large() {
    let server = Server::start().await;
    let huge = "x".repeat(17 * 1024 * 1024);
    for peer in server.ways() {
        let status = ask(peer.clone(), server.request(word(&huge))).await.unwrap_err();
        insta::assert_snapshot!("too_large", spell(&status));
        // A gigabyte is announced, none of it comes: nothing is set aside for it.
        let announced = vec![0, 0x40, 0, 0, 0];
        let bearer = format!("Bearer {}", server.key);
        let status = send_raw(peer.clone(), LIST_MODELS, &[("authorization", &bearer)], announced).await.unwrap();
        assert_eq!(spell(&status), spell(&ask(peer.clone(), server.request(word(&huge))).await.unwrap_err()));
        let status = ask(peer, server.request(word("large"))).await.unwrap_err();
        insta::assert_snapshot!("answer_too_large", spell(&status));
    }
}

#[tokio::test]
async fn a_message_that_grows_when_it_is_unpacked() {
    let server = Server::start().await;
    let bomb = word(&"0".repeat(32 * 1024 * 1024));
    for peer in server.ways() {
        let mut client = ValueServiceClient::new(peer).send_compressed(CompressionEncoding::Gzip);
        let status = client.list_models(server.request(bomb.clone())).await.unwrap_err();
        insta::assert_snapshot!("bomb", spell(&status));
        let answer = client.list_models(server.request(word("tenant"))).await.unwrap();
        assert_eq!(answer.into_inner().next_page_token, "acme", "what is packed in good faith is read");
    }
}

#[tokio::test]
async fn faults_of_ours_say_nothing() {
    let server = Server::start().await;
    for peer in server.ways() {
        for fault in ["panic", "internal", "bare", "unknown"] {
            let status = ask(peer.clone(), server.request(word(fault))).await.unwrap_err();
            insta::assert_snapshot!("fault", spell(&status));
            tells_nothing(&status);
        }
        let status = ask(peer.clone(), server.request(word("refused"))).await.unwrap_err();
        insta::assert_snapshot!("handlers_own_refusal", spell(&status));
        assert_eq!(ask(peer, server.request(word("tenant"))).await.unwrap(), "acme", "and the server goes on");
    }
}

#[tokio::test]
async fn faults_within_a_stream() {
    let server = Server::start().await;
    for peer in server.ways() {
        for (journal, name) in [("bare", "fault"), ("panic", "fault"), ("large", "answer_too_large")] {
            let request = TailRequest { journal: journal.to_owned(), ..TailRequest::default() };
            let mut client = JournalServiceClient::new(peer.clone());
            let answer = client.tail(authorized(request, &server.other_key)).await.unwrap();
            let mut stream = answer.into_inner();
            // Whether what came before the fault gets through, is the transport's luck.
            let status = loop {
                match soon(stream.message()).await {
                    Ok(message) => assert!(message.is_some(), "it ended well"),
                    Err(status) => break status,
                }
            };
            insta::assert_snapshot!(name, spell(&status));
            tells_nothing(&status);
        }
    }
}

#[tokio::test]
async fn an_rpc_that_a_handler_does_not_have() {
    let server = Server::start().await;
    for peer in server.ways() {
        let status = ValueServiceClient::new(peer).fit_model(server.request(Default::default())).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Unimplemented, "METHOD_UNKNOWN"));
    }
}
