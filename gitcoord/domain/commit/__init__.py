"""A commit of this session's changes, in an index that several sessions may share."""
