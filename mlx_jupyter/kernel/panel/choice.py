"""A field for a model's id, with suggestions.

It is a text with suggestions, not a list to pull down: JupyterLab takes arrows and letters from a
focused list for its own commands (4.6: two `d` delete the cell), from a text it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ipywidgets import Combobox, Layout

from mlx_jupyter.kernel.panel.state import Choice

__all__ = ["ModelField"]


class ModelField:
    """`changed` is called at each change, `entered` when the user presses Enter. What is said of a
    model in its suggestion stands in the field too, once it is chosen; `model` is without it."""

    def __init__(
        self,
        description: str,
        changed: Callable[[], None] = lambda: None,
        entered: Callable[[], None] = lambda: None,
    ) -> None:
        self._changed, self._entered = changed, entered
        self._models: dict[str, str] = {}
        self.box = Combobox(
            description=description,
            placeholder="Choose or type a model",
            style={"description_width": "38px"},
            layout=Layout(flex="0 1 320px", min_width="0"),
        )
        self.box.observe(lambda _: self._changed(), "value")
        self.box.on_msg(self._submitted)

    @property
    def model(self) -> str:
        """The id that was chosen or typed; empty if there is none."""
        text = str(self.box.value).strip()
        return self._models.get(text, text)

    @property
    def is_known(self) -> bool:
        """Whether the model was ever suggested."""
        return self.model in self._models.values()

    def suggest(self, choices: Iterable[Choice]) -> None:
        """A suggestion of before that stands in the field becomes what is said of it now."""
        labels = {choice.model: choice.label for choice in choices}
        self._models |= {label: model for model, label in labels.items()}
        self.box.options = list(labels.values())
        if self.box.value in self._models and self.box.value not in labels.values():
            self.box.value = labels.get(self.model, self.model)

    def put(self, model: str) -> None:
        """As if the user had chosen it; empty clears the field."""
        self.box.value = model

    def _submitted(self, _: object, content: object, buffers: object) -> None:
        if isinstance(content, dict) and content.get("event") == "submit":
            self._entered()
