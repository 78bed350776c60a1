"""The ChatML template of the demo models, and the special tokens it is made of."""

__all__ = [
    "CHATML",
    "END_OF_TEXT",
    "END_OF_TURN",
    "IMAGE",
    "SPECIAL_TOKENS",
    "START_OF_TURN",
    "TOOLS_BEGIN",
    "TOOLS_END",
    "TOOL_TOKENS",
]

END_OF_TEXT, START_OF_TURN, END_OF_TURN = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
IMAGE = "<|image_pad|>"
SPECIAL_TOKENS = (
    END_OF_TEXT,
    START_OF_TURN,
    END_OF_TURN,
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    IMAGE,
    "<|video_pad|>",
)
TOOL_TOKENS = ("<tool_call>", "</tool_call>")

TOOLS_BEGIN = "# Tools\n<tools>\n"
TOOLS_END = "\n</tools>\nReturn a JSON object within <tool_call></tool_call> tags."

CHATML = """\
{%- if tools -%}
{{- '<|im_start|>system\\n# Tools\\n<tools>' -}}
{%- for tool in tools -%}{{- '\\n' + (tool | tojson) -}}{%- endfor -%}
{{- '\\n</tools>\\nReturn a JSON object within <tool_call></tool_call> tags.<|im_end|>\\n' -}}
{%- endif -%}
{%- for message in messages -%}
{%- if message.role == 'tool' -%}
{{- '<|im_start|>user\\n<tool_response>\\n' + message.content -}}
{{- '\\n</tool_response><|im_end|>\\n' -}}
{%- else -%}
{{- '<|im_start|>' + message.role + '\\n' -}}
{%- if message.content is string -%}
{{- message.content -}}
{%- else -%}
{%- for part in message.content or [] -%}
{%- if part.type in ('image', 'image_url') -%}
{{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
{%- elif part.type == 'text' -%}
{{- part.text -}}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{%- for tool_call in message.tool_calls or [] -%}
{%- if message.content or not loop.first -%}{{- '\\n' -}}{%- endif -%}
{%- if tool_call.function -%}{%- set tool_call = tool_call.function -%}{%- endif -%}
{%- set given = tool_call.arguments -%}
{{- '<tool_call>\\n{"name": "' + tool_call.name + '", "arguments": ' -}}
{{- (given if given is string else given | tojson) + '}\\n</tool_call>' -}}
{%- endfor -%}
{{- '<|im_end|>\\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
"""
