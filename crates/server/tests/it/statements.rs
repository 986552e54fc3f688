//! Every SQL statement of the program prepares on both engines and answers the columns its readers expect.

use xinlu_testkit::both;

#[tokio::test]
async fn every_statement_prepares_on_both_engines() {
    let mut tables = xinlu_server::app::TABLES.to_vec();
    // Keys live in a database of their own; for this test one that has all tables will do.
    tables.push(xinlu_keys::MIGRATIONS);
    for test in both(&tables).await {
        let faults = xinlu_db::check_statements(&test.db).await;
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
