//! Lists.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt};
use prost::Message;
use tenure_proto::value::v1::{ListModelsRequest, ListModelsResponse, Model};
use tonic::{Code, Status};

use crate::fake::{reply, scripted};

fn page(names: &[&str], next: &str) -> ListModelsResponse {
    let models = names.iter().map(|&name| Model { model_id: name.into(), ..Model::default() }).collect();
    ListModelsResponse { models, next_page_token: next.into() }
}

#[tokio::test]
async fn every_page_is_read_once() {
    let (client, calls) = scripted(|_, got| async move {
        let request = ListModelsRequest::decode(got.message).unwrap();
        assert_eq!(request.page_size, 2);
        reply(&match request.page_token.as_str() {
            "" => page(&["a", "b"], "1"),
            "1" => page(&[], "2"),
            "2" => page(&["c"], ""),
            other => panic!("{other}"),
        })
    });
    let request = ListModelsRequest { page_size: 2, ..Default::default() };
    let models: Vec<_> = client.list_models(request).map_ok(|model| model.model_id).try_collect().await.unwrap();
    assert_eq!(models, ["a", "b", "c"]);
    assert_eq!(calls.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_page_is_asked_for_when_it_is_needed_and_an_error_ends_the_list() {
    let (client, calls) = scripted(|number, _| async move {
        if number == 0 { reply(&page(&["a", "b"], "1")) } else { Status::not_found("gone").into_http() }
    });
    let mut models = client.list_models(ListModelsRequest::default());
    assert_eq!(calls.lock().unwrap().len(), 0);
    assert!(models.next().await.unwrap().is_ok() && models.next().await.unwrap().is_ok());
    assert_eq!(calls.lock().unwrap().len(), 1);
    assert_eq!(models.next().await.unwrap().unwrap_err().code, Code::NotFound);
    assert!(models.next().await.is_none());
}

/// The RPCs with pages, from the contract, against those that [`tenure_client::Client`] has a stream for.
#[test]
fn every_list_of_the_contract_has_a_stream() {
    let source = include_str!("../../src/paging.rs");
    let files = prost_types::FileDescriptorSet::decode(tenure_proto::FILE_DESCRIPTOR_SET).unwrap().file;
    let paged: BTreeSet<_> = files
        .iter()
        .flat_map(|file| file.message_type.iter().map(move |message| (file, message)))
        .filter(|(_, message)| message.field.iter().any(|field| field.name() == "page_token"))
        .map(|(file, message)| format!(".{}.{}", file.package(), message.name()))
        .collect();
    let methods = files.iter().flat_map(|file| &file.service).flat_map(|service| &service.method);
    let lists: Vec<_> = methods.filter(|method| paged.contains(method.input_type())).collect();
    assert!(lists.len() >= 8);
    for method in lists {
        let service = method.input_type().split('.').nth(2).unwrap();
        let name = method.name().chars().fold(String::new(), |name, letter| {
            let gap = if letter.is_uppercase() && !name.is_empty() { "_" } else { "" };
            name + gap + &letter.to_lowercase().to_string()
        });
        assert!(source.contains(&format!("    {service}.{name}: ")), "{service}.{name} has no stream");
    }
}
