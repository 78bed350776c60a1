"""What crosses HTTP, used by the server and the kernel alike: OpenAI's shapes as msgspec structs."""
