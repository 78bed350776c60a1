"""As if the library of this name were not installed, in the tests and in what they start.

jsonschema has it check addresses in the formats `iri` and `iri-reference`, which no schema here
has; and at its import it makes a grammar, which takes longer than Jupyter Server's other imports.
"""

raise ImportError("left out by the tests", name=__name__)
