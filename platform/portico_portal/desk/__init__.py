"""The staff's first page and the counts in their menu: what needs somebody, from billing and sync together."""
