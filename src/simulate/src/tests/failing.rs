//! The region when things go wrong, and when it cannot start.

use std::time::Duration;

use serde_json::Value;

use super::*;

#[tokio::test]
async fn faults_strike_where_they_are_addressed() {
    let session = Session::faulty(
        "roles=429x1; users:page=2,attempt=1=500; role-grants:role=Supervisor=403; groups=drop; divisions=cut;
         permissions=truncate; products=malformed; settings=wrong-shape; policies=501; role-settings=slow:300ms",
    )
    .await;
    let limited = session.get("/authorization/roles").await.unwrap();
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().unwrap()), (429, "1"));
    let roles = session.json("/authorization/roles?pageSize=100").await;
    for role in roles["entities"].as_array().unwrap() {
        let path = format!("/authorization/roles/{}/subjectgrants", role["id"].as_str().unwrap());
        assert_eq!(session.status(&path).await == 403, role["name"] == "Supervisor");
    }
    assert_eq!(session.status("/users?pageNumber=1").await, 200);
    assert_eq!(session.status("/users?pageNumber=2").await, 500);
    assert_eq!(session.status("/users?pageNumber=2").await, 200);
    assert!(session.get("/groups").await.is_err());
    let cut = session.get("/authorization/divisions").await;
    assert!(match cut {
        Err(_) => true,
        Ok(answer) => answer.bytes().await.is_err(),
    });
    for path in ["/authorization/permissions", "/authorization/products"] {
        let answer = session.get(path).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.json::<Value>().await.is_err(), "{path}");
    }
    assert!(session.json("/authorization/settings").await["entities"].is_object());
    assert_eq!(session.status("/authorization/policies").await, 501);
    let before = std::time::Instant::now();
    assert_eq!(session.status("/authorization/roles/settings").await, 200);
    assert!(before.elapsed() >= Duration::from_millis(300));
    assert!(session.region.requests().iter().any(|request| request.operation == Some("groups") && request.status == 0));
}

#[tokio::test]
async fn token_expires_in_the_middle_of_a_run_and_a_new_one_works() {
    let mut session = Session::faulty("token:after=2=expire; groups:page=1=expire").await;
    let statuses = [session.status("/users").await, session.status("/users").await, session.status("/users").await];
    assert_eq!(statuses, [200, 200, 401]);
    let org = session.region.orgs()[0].clone();
    session.token = session.token_for(&org.client_id, &org.client_secret).await;
    assert_eq!(session.status("/users").await, 200);
    assert_eq!(session.status("/groups").await, 401);
    assert_eq!(session.status("/users").await, 401);
}

#[tokio::test]
async fn listing_shifts_between_pages() {
    let session = Session::faulty("users=shift").await;
    let first = session.json("/users?pageSize=10&pageNumber=1").await;
    let second = session.json("/users?pageSize=10&pageNumber=2").await;
    assert_eq!(first["total"].as_u64().unwrap(), second["total"].as_u64().unwrap() + 1);
    let again = session.json("/users?pageSize=10&pageNumber=1").await;
    assert_eq!(ids(&again)[..9], ids(&first)[1..]);
}

#[tokio::test]
async fn names_that_no_org_knows_keep_the_server_from_starting() {
    for (spec, word) in [("role-grants:role=Supervizor=403", "`Supervisor`"), ("users:org=stagin=500", "`staging`")] {
        let error =
            start(SimulateOptions { faults: spec.parse().unwrap(), ..options() }).await.unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    let unknown = SimulateOptions { orgs: vec![OrgSource::Embedded("prod".to_owned())], ..options() };
    assert!(start(unknown).await.unwrap_err().to_string().contains("dev, staging"));
    let twice = vec![OrgSource::Embedded("dev".to_owned()), OrgSource::Embedded("dev".to_owned())];
    assert!(start(SimulateOptions { orgs: twice, ..options() }).await.is_err());
    assert!(start(SimulateOptions { orgs: Vec::new(), ..options() }).await.is_err());
}

#[tokio::test]
async fn folder_and_generator_serve_like_the_embedded_orgs() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("fixtures/orgs/staging");
    let spec: GenerateSpec = "name=big,clients=12,users=60,roles=20,groups=4".parse().unwrap();
    let orgs = vec![OrgSource::Generated(spec), OrgSource::Folder(folder)];
    let session = Session::start(SimulateOptions { orgs, ..options() }).await;
    assert_eq!(session.json("/users?state=any").await["total"], 60);
    assert_eq!(session.json("/oauth/clients").await["total"], 12);
    assert_eq!(session.json("/authorization/roles").await["total"], 20);
    assert_eq!(session.region.orgs()[1].name, "staging");
    session.region.shutdown().await;
}
