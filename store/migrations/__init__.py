"""Steps of the platform database's tables; run by store.migrating at start-up."""
