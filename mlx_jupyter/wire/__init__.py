"""What crosses HTTP, used by server and kernel alike: OpenAI's shapes as msgspec structs."""
