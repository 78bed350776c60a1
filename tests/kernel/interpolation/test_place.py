from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlx_jupyter.kernel.interpolation.place import places_in

LATEX = r"""
\frac{{a}}{{b}} + \frac{a}{{b}} = \sqrt[3]{{x}} \quad \mathbb{{R}} \operatorname*{{argmax}}
x^{{2}} + x^{{n}} + x_{{i}} + \alpha_{{i}} + \sum_{{i}}^{{n}} f(x)_{{k}} + \text{{loss}}_{{t}}
\left\{ {a, b} \right\} \begin{cases} 1 \\ 0 \end{cases} \textbf{{bold}}{{x}}
"""
F_STRINGS = """
f"{x} {x!r} {x:>{width}} {{}} {{{x}}} {{{{x}}}} {{'a': {x}}} {{"a": 1}}"
"{} {0} {name} {{}} {{{}}}".format(1)
"""
JSON_TEXT = """
{"a": {"b": {"c": {}}}} {"type": "object", "properties": {"x": {"type": "string"}}}
[{"a": 1}, {"b": {"c": [1, 2, {"d": {}}]}}]
"""
JINJA = """
{% for x in xs %}{{- x }}{{ x -}}{% endfor %}{# a comment #}{{-x-}}{{ 'literal' }}
{{#if user}}{{/if}}{{else}}{{> partial}}{{!comment}}{{^empty}}{{ a ? b : c }}{{@index}}
"""
GO = """
image: {{ .Values.image }}:{{ .Values.tag | default "latest" }}
{{- if .Values.enabled }} {{ include "chart.name" . | nindent 4 }} {{- end }} {{ $x := 1 }}
docker ps --format '{{.Names}}' --format "{{json .}}"
"""
JSX = """
<p style={{color: "red"}} a={{ a: b }} b={{flex:1}} c={{opacity:.5}} d={{...props}} e={{a:b}}>
<Foo bar={{x: {y: 1}}} baz={{}} on={{a, ...b}} z={{zIndex:10, top:0}} s={{width:w+"px"}} />
"""
CODE = """
int a[2][2] = {{1, 2}, {3, 4}}; std::vector<int> v{{1, 2}}; Mathematica: {{1, 2}, {3, 4}}
println!("{{}}"); {{...}} {{2}} {{-1}} {{None}} {{True}} {{ }} }} {{ {{ {{{}}}
"""


@pytest.mark.parametrize("text", [LATEX, F_STRINGS, JSON_TEXT, JINJA, GO, JSX, CODE])
def test_what_others_mean_by_braces_is_text(text: str) -> None:
    assert list(places_in(text)) == []


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("{{x}}", ["x"]),
        ("{{ df.head(3) }}", ["df.head(3)"]),
        ("{{x}}{{y}} {{z}}.", ["x", "y", "z"]),
        ("{{f(a,\n   b)}}", ["f(a,\n   b)"]),
        ("{{ {'a': {'b': x}} }}", ["{'a': {'b': x}}"]),
        ("{{ {x} }}", ["{x}"]),
        ("{{d['}}']}} }}", ["d['}}']"]),
        ('{"name": {{name}}, "all": {"age": {{age}}}}', ["name", "age"]),
        ('{{"a": 1}} {{x}} {{{y}}} {{z}}', ["x", "z"]),
        ("file_{{n}}.csv, T_{{max}}", ["n"]),
        (r"\frac{{a}}{{b}} is {{c}}{{d}}", ["c", "d"]),
        ("{{[x for x in xs]}} {{lambda: x}} {{x + 1}} {{f'{x}'}}", None),
        ('**{{x}}** `{{y}}` ${{z}} <{{a}}> "{{b}}" ={{c}}', ["x", "y", "z", "a", "b", "c"]),
    ],
)
def test_an_expression_between_two_braces_is_found(text: str, sources: list[str] | None) -> None:
    found = [place.source for place in places_in(text)]
    assert found == sources if sources else len(found) == 4


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("{{x!r}}", ("x", "r", "")),
        ("{{x:.2f}}", ("x", "", ".2f")),
        ("{{x!s:>10}}", ("x", "s", ">10")),
        ("{{n:,}}", ("n", "", ",")),
        ("{{share:.0%}}", ("share", "", ".0%")),
        ("{{n:05d}}", ("n", "", "05d")),
        ("{{t:%H:%M}}", ("t", "", "%H:%M")),
        ("{{xs[1:2]}}", ("xs[1:2]", "", "")),
        ("{{xs[1:2]:*^9}}", ("xs[1:2]", "", "*^9")),
        ("{{a != r}}", ("a != r", "", "")),
    ],
)
def test_a_conversion_and_a_format_are_as_in_an_f_string(
    text: str, parts: tuple[str, str, str]
) -> None:
    (place,) = places_in(text)
    assert (place.expression, place.conversion, place.spec) == parts


def test_a_backslash_keeps_the_braces() -> None:
    (place,) = places_in(r"a \{{x}} b")
    assert (place.begin, place.literal) == (2, "{{x}}")


def test_a_backslash_before_what_is_text_anyway_is_text() -> None:
    assert list(places_in(r"\{{1, 2\}} \{{}} \{{2}}")) == []


@given(st.text(alphabet=st.sampled_from('{}\\_^$x"1.: a\n')))
def test_places_are_in_order_and_within_the_text(text: str) -> None:
    at = 0
    for place in places_in(text):
        assert at <= place.begin < place.end <= len(text)
        assert text[: place.end].endswith("}}")
        at = place.end


JSON = st.recursive(
    st.none() | st.integers() | st.text(alphabet="ab {}:,\\$_"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet="ab{}"), inner),
)


@given(JSON, st.booleans())
def test_any_json_without_double_braces_in_its_texts_is_text(value: object, wide: bool) -> None:
    text = json.dumps(value, indent=2 if wide else None)
    if "{{" not in text:
        assert list(places_in(text)) == []


@given(st.from_regex(r"\\[a-z]+(\{\{[a-z]\}\}){1,3}([_^]\{\{[a-z0-9]\}\})?", fullmatch=True))
def test_any_arguments_of_a_latex_command_are_text(text: str) -> None:
    assert list(places_in(text)) == []


def test_a_text_full_of_braces_is_read_at_once() -> None:
    assert list(places_in("{{ (" * 2_000 + ")}} " * 2_000)) == []
