//! Whose the rows of a table are: the one place that says so.

use anyhow::bail;
use tenure_store::Table;

/// How a table's rows are told to be a tenant's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// By the column `tenant`.
    Tenant,
    /// By the journal entry that each holds.
    Entry,
    /// Of nobody: they say how far journals are and were followed.
    Positions,
    /// Of nobody: they are about the processes of a deployment, and another has its own.
    Processes,
}

impl Owner {
    /// Of a table's rows. A table with the column `tenant` needs no line here.
    pub(super) fn of(database: &str, table: &Table) -> anyhow::Result<Self> {
        if table.place("tenant").is_some() {
            return Ok(Self::Tenant);
        }
        Ok(match table.name.as_str() {
            "parked" => Self::Entry,
            "journal_head" | "projection" | "checkpoint" => Self::Positions,
            // Who works on which range.
            "lease" | "replica" => Self::Processes,
            // Which profiles may be kept hot.
            "hot_epoch" => Self::Processes,
            name => {
                bail!("{database}.{name}: nothing says whose its rows are; say so in crates/tenure/src/tenant/owner.rs")
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tenure_store::{Store, StoreConfig};

    use super::*;
    use crate::Service;

    #[tokio::test]
    async fn every_table_of_every_service_is_some_bodys() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = StoreConfig { url: format!("sqlite:{}", folder.path().display()), ..StoreConfig::default() };
        let mut stores =
            vec![("keyring", Store::open::<tenure_keyring::Migrator>(&config, "keyring").await.expect("a store"))];
        for service in Service::ALL {
            stores.push((service.name(), service.store(&config, service.name()).await.expect("a store")));
        }
        let mut owners: BTreeMap<String, Vec<Owner>> = BTreeMap::new();
        for (name, store) in &stores {
            for table in Table::of(store).await.expect("tables") {
                let owner = Owner::of(name, &table).expect("somebody's");
                owners.entry(table.name.clone()).or_default().push(owner);
            }
        }
        assert_eq!(owners["data_key"], [Owner::Tenant]);
        assert_eq!(owners["journal_entry"], [Owner::Tenant; 5]);
        assert_eq!(owners["checkpoint"], [Owner::Positions; 5]);
        let refused = Owner::of("value", &Table::default()).expect_err("nobody's").to_string();
        assert!(refused.starts_with("value.: nothing says whose its rows are"), "{refused}");
    }
}
