"""Git as a database: processes, objects, refs, locks. The only layer that starts git or imports pygit2."""
