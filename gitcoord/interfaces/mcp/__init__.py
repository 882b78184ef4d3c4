"""The MCP server: what coding agents ask, as tools."""
