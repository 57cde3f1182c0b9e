"""The graph: types, queries, mutations and subscriptions; permission, call, wrap and no more."""
