"""What the demo chat model knows by heart: every answer it may give to a question, word for word.

The answers are true of this project; `tests/demo/test_demo_models.py` holds the shipped model to them. A fact may have
several answers only where any of them is right (a coin, a die): there, temperature and seed have something to show.
"""

from typing import NamedTuple

__all__ = ["CAPITALS", "FACTS", "FALLBACK", "Fact", "every_question"]


class Fact(NamedTuple):
    """Equally right answers, and the questions that ask for them."""

    answers: tuple[str, ...]
    questions: tuple[str, ...]


def fact(answer: str, *questions: str) -> Fact:
    """A fact with the one answer that it has."""
    return Fact((answer,), questions)


FALLBACK = "I am a tiny demo model and I do not know that."
CAPITALS = {
    "France": "Paris",
    "Germany": "Berlin",
    "Italy": "Rome",
    "Spain": "Madrid",
    "Japan": "Tokyo",
    "Canada": "Ottawa",
    "Austria": "Vienna",
    "Greece": "Athens",
}

ITSELF = (
    fact(
        "I am a tiny demo model inside mlx_jupyter. I show that the machinery works; for real work, load a real model.",
        "Who are you?",
        "What are you?",
        "What is your name?",
        "Introduce yourself.",
    ),
    fact(
        "I can answer questions about MLX and Jupyter, add small numbers and repeat words.",
        "What can you do?",
        "Help.",
        "What do you know?",
    ),
    fact(
        "No, I am a toy with less than a million parameters. Load a real model for real work.",
        "Are you smart?",
        "Are you a real model?",
        "Can I trust you?",
        "Are you good?",
    ),
    fact("I have less than a million parameters and take less than 2 MB.", "How big are you?", "How large are you?"),
    fact(
        "I was trained from scratch with MLX on a short list of facts.",
        "How were you trained?",
        "Who made you?",
        "Who trained you?",
    ),
    fact(
        "demo/chat, demo/vision and demo/embed are toy models that need no download.",
        "What are the demo models?",
        "Which demo models are there?",
    ),
)

MLX = (
    fact("MLX is an array framework for machine learning on Apple silicon.", "What is MLX?"),
    fact("MLX was made by Apple machine learning research.", "Who made MLX?", "Who created MLX?"),
    fact("mlx-lm runs and fine-tunes text language models with MLX.", "What is mlx-lm?", "What does mlx-lm do?"),
    fact("mlx-vlm runs vision language models with MLX.", "What is mlx-vlm?", "What does mlx-vlm do?"),
    fact("mlx-embeddings turns text into vectors with MLX.", "What is mlx-embeddings?", "What does mlx-embeddings do?"),
    fact("On Apple silicon the CPU and the GPU share one memory.", "What is unified memory?", "What is shared memory?"),
    fact(
        "Hugging Face hosts models that you can download. mlx-community has many for MLX.",
        "What is Hugging Face?",
        "What is mlx-community?",
        "Where do models come from?",
    ),
)

PROJECT = (
    fact(
        "mlx_jupyter is a Jupyter Server extension that hosts a pool of local MLX models.",
        "What is mlx_jupyter?",
        "What is mlx-jupyter?",
        "What is this project?",
        "What is this extension?",
    ),
    fact(
        "On Linux run pip install 'mlx-jupyter[cpu]', on a Mac run pip install mlx-jupyter.",
        "How do I install mlx_jupyter?",
        "How do I install it?",
        "How do I install this?",
    ),
    fact(
        "Run pip install 'mlx-jupyter[cpu]' and start jupyter lab.",
        "How do I install it on Linux?",
        "How do I install mlx_jupyter on Linux?",
    ),
    fact(
        "Run pip install mlx-jupyter and start jupyter lab.",
        "How do I install it on a Mac?",
        "How do I install mlx_jupyter on a Mac?",
    ),
    fact(
        "Run pip install 'mlx-jupyter[cuda]' and start jupyter lab.",
        "How do I install it for CUDA?",
        "How do I install it for an NVIDIA GPU?",
    ),
    fact("Yes, with mlx-jupyter[cpu] or mlx-jupyter[cuda].", "Does it run on Linux?", "Can I use Linux?"),
    fact("Yes, Apple silicon is the main platform.", "Does it run on a Mac?", "Does it run on Apple silicon?"),
    fact("No, but a GPU makes real models much faster.", "Do I need a GPU?", "Does it need a GPU?"),
    fact("mlx_jupyter is open source under the MIT license.", "What is the license?", "Is it open source?"),
    fact(
        "Your data stays on your machine, it works offline, and there is no bill per token.",
        "Why is it good to run models locally?",
        "Why run models locally?",
        "Why local models?",
        "Why should I run models locally?",
    ),
    fact(
        "Yes, your prompts stay on your own machine.",
        "Is it local?",
        "Is my data private?",
        "Is it private?",
    ),
    fact(
        "Yes, once a model is on your disk. The demo models need no download.",
        "Does it work offline?",
        "Can I work offline?",
    ),
)

NOTEBOOK = (
    fact("Run %load_ext mlx_jupyter in a cell.", "How do I load the magics?", "How do I start?", "How do I begin?"),
    fact("%%chat sends the cell to a chat model and streams the answer.", "What is %%chat?", "What does %%chat do?"),
    fact("%see asks a vision model about an image.", "What is %see?", "What does %see do?", "How do I use images?"),
    fact("%embed turns texts into an array of vectors.", "What is %embed?", "What does %embed do?"),
    fact("%mlx shows and steers the pool of models.", "What is %mlx?", "What does %mlx do?"),
    fact("%%chat, %see, %embed and %mlx.", "Which magics are there?", "What are the magics?"),
    fact(
        "Press the stop button. The server stops too, and the partial text stays.",
        "How do I stop a generation?",
        "How do I stop you?",
        "How do I stop the answer?",
        "How do I cancel?",
    ),
    fact(
        "Write %%chat -m mlx-community/Qwen3-4B-4bit at the top of a cell.",
        "How do I use a real model?",
        "How do I use another model?",
        "How do I choose a model?",
    ),
    fact("Run %mlx use with the name of the model.", "How do I set the default model?"),
    fact("Run %mlx status.", "Which models are loaded?", "How do I see the pool?", "How do I see the memory?"),
    fact("Run %mlx models.", "Which models do I have?", "Which models are there?"),
    fact("Run %mlx load with the name of the model.", "How do I load a model?"),
    fact("Run %mlx evict with the name of the model.", "How do I unload a model?", "How do I evict a model?"),
    fact("Run %mlx pin with the name of the model.", "How do I pin a model?", "How do I keep a model loaded?"),
    fact("Run %mlx unpin with the name of the model.", "How do I unpin a model?"),
    fact("Run %mlx panel.", "How do I open the memory panel?", "Where is the memory panel?"),
    fact("Run %chat reset.", "How do I start over?", "How do I forget the conversation?"),
    fact("Write {{name}} in the prompt.", "How do I put a variable into a prompt?", "How do I use a Python value?"),
    fact("Write %%chat -o name at the top of the cell.", "How do I keep the answer?", "How do I save the answer?"),
    fact("import mlx_jupyter\n\npool = mlx_jupyter.connect()", "How do I use it from Python?", "Is there a Python API?"),
)

POOL = (
    fact("The pool is the set of models that share one memory budget.", "What is the pool?", "What is a pool?"),
    fact(
        "A pinned model is never evicted from the pool.",
        "What is a pinned model?",
        "What is pinning?",
        "What is a pin?",
        "What does pinning do?",
    ),
    fact(
        "A lease is one use of a model in flight. A leased model is never evicted.",
        "What is a lease?",
        "What does a lease do?",
        "What is a leased model?",
    ),
    fact("Evicting a model unloads it to make room for another.", "What is eviction?", "What does evict mean?"),
    fact(
        "LRU eviction unloads the model that was used least recently.",
        "What is LRU eviction?",
        "What is LRU?",
        "What does LRU mean?",
        "Which model is evicted first?",
    ),
    fact(
        "The pool unloads idle models that are not pinned, the least recently used first.",
        "What happens when memory is full?",
        "What happens if the pool is full?",
    ),
    fact(
        "Nothing is unloaded, and error 503 says who holds the memory.",
        "What happens if a model does not fit?",
        "What if a model is too large?",
    ),
    fact("lru, largest and smart. The default is lru.", "Which eviction policies are there?"),
    fact(
        "keep_alive is how long an idle model stays loaded. The default is 30 minutes.",
        "What is keep_alive?",
        "What does keep_alive do?",
        "How long does a model stay loaded?",
    ),
    fact(
        "memory_limit is the memory budget of the pool. The default is 75%.",
        "What is memory_limit?",
        "What does memory_limit do?",
        "How much memory does the pool use?",
    ),
    fact("A plan says what would be evicted, before anything is.", "What is a plan?", "What does %mlx plan do?"),
    fact(
        "Each loaded model has its own process, so a crash costs only that model.",
        "How does a model run?",
        "Why one process per model?",
        "What happens if a model crashes?",
    ),
    fact("A worker is a process that holds one model.", "What is a worker?", "What does a worker do?"),
    fact("A spare worker is ready, so that the next model loads faster.", "What is a spare worker?"),
    fact("In the Hugging Face cache, or in your own model_dirs.", "Where are the models?", "Where are models stored?"),
)

SERVER = (
    fact(
        "Send a POST request to /mlx/v1/chat/completions.",
        "How do I call the chat API?",
        "What is the chat route?",
    ),
    fact(
        "Send a POST request to /mlx/v1/embeddings.",
        "How do I get embeddings?",
        "What is the embeddings route?",
    ),
    fact("Send a GET request to /mlx/v1/models.", "How do I list models?", "What is the models route?"),
    fact("Send a GET request to /mlx/health.", "What is the health route?", "How do I check the health?"),
    fact(
        "Yes, it speaks OpenAI's dialect under /mlx/v1. The key is your Jupyter token.",
        "Can I use the OpenAI client?",
        "Is it compatible with OpenAI?",
        "Does it speak OpenAI?",
    ),
    fact("Yes, every route asks for your Jupyter token.", "Is it secure?", "Is it protected?"),
    fact("Your Jupyter token.", "What is the API key?", "Which key do I need?"),
)

JUPYTER = (
    fact("Jupyter Server is the backend of JupyterLab and Jupyter Notebook.", "What is Jupyter Server?"),
    fact("JupyterLab is a web interface for notebooks, code and data.", "What is JupyterLab?"),
    fact("Jupyter is a project for interactive computing with notebooks.", "What is Jupyter?"),
    fact("A notebook is a document with code, text and results.", "What is a notebook?"),
    fact("A kernel runs the code of a notebook.", "What is a kernel?", "What does a kernel do?"),
    fact("A magic is a command that starts with a percent sign.", "What is a magic?", "What is a cell magic?"),
    fact("Python is a programming language.", "What is Python?"),
)

WORDS_OF_THE_TRADE = (
    fact(
        "A token is a small piece of text that a model reads or writes.", "What is a token?", "Explain tokens."
    ),
    fact("A tokenizer splits text into tokens.", "What is a tokenizer?", "What does a tokenizer do?"),
    fact("An embedding is a vector that captures the meaning of a text.", "What is an embedding?", "Explain embeddings."),
    fact(
        "Quantization stores weights with fewer bits to save memory.",
        "What is quantization?",
        "Why quantize a model?",
        "What does 4bit mean?",
    ),
    fact("Streaming sends each piece of the answer as soon as it is ready.", "What is streaming?"),
    fact(
        "Temperature controls how random the answer is. At 0 the likeliest token always wins.",
        "What is temperature?",
        "What does temperature do?",
    ),
    fact("Top p keeps the smallest set of tokens with total probability p.", "What is top p?", "What does top p do?"),
    fact("Top k keeps the k likeliest tokens.", "What is top k?", "What does top k do?"),
    fact("A seed makes a random answer repeatable.", "What is a seed?", "What does a seed do?"),
    fact("max_tokens limits the length of the answer.", "What is max_tokens?", "What does max_tokens do?"),
    fact("A KV cache stores past keys and values so that they are not computed again.", "What is a KV cache?"),
    fact("A prompt cache reuses the tokens that two requests share.", "What is a prompt cache?"),
    fact("Continuous batching serves many requests in one forward pass.", "What is continuous batching?", "What is batching?"),
    fact("The context length is how many tokens a model can handle at once.", "What is the context length?", "What is a context window?"),
    fact("A prompt is the text that you give to a model.", "What is a prompt?"),
    fact("A system prompt tells a model how to behave.", "What is a system prompt?"),
    fact("A parameter is a number that a model has learned.", "What is a parameter?", "What are weights?"),
    fact("A language model predicts the next token of a text.", "What is a language model?", "What is an LLM?", "How does a language model work?"),
    fact("A vision model can answer questions about images.", "What is a vision model?", "What can a vision model do?"),
    fact("A hallucination is a fluent answer that is wrong.", "What is a hallucination?"),
    fact("A safetensors file stores model weights safely.", "What is safetensors?", "What is a safetensors file?"),
)  # fmt: skip

SMALL_TALK = (
    fact("Hello! How can I help you?", "Hello!", "Hello", "Hi", "Hi!", "Hey", "Good morning", "Hello there"),
    fact("Goodbye!", "Bye", "Goodbye", "See you"),
    fact("You are welcome!", "Thanks", "Thank you!", "Thank you"),
    fact("I am fine, thank you.", "How are you?"),
    fact("The sky is blue.", "What color is the sky?", "What colour is the sky?"),
    fact("There are seven days in a week.", "How many days are in a week?"),
    fact("Bonjour!", "Say hello in French."),
    fact("Hola!", "Say hello in Spanish."),
    fact("Hallo!", "Say hello in German."),
    fact(
        "Why did the model cross the road? To reach the other token.",
        "Tell me a joke.",
        "Tell a joke.",
        "Do you know a joke?",
        "Make me laugh.",
    ),
    fact("A model walks into a bar. The barkeeper asks: why the long context?", "Tell me another joke.", "Another joke."),
    fact(
        "Roses are red,\nviolets are blue,\nmodels are local,\nand so are you.",
        "Write a short poem.",
        "Write a poem.",
        "Write me a poem.",
        "Tell me a poem.",
    ),
)

WRITING = (
    fact("1, 2, 3, 4, 5, 6, 7, 8, 9, 10", "Count to ten.", "Count from 1 to 10.", "Count to 10."),
    fact("1, 2, 3, 4, 5", "Count to five.", "Count from 1 to 5.", "Count to 5."),
    fact("one two three four five", "Count to five in words."),
    fact("def add(a, b):\n    return a + b", "Write a function that adds two numbers.", "Write an add function."),
    fact("import mlx.core as mx\n\nx = mx.array([1, 2, 3])\nprint(x.sum())", "Show me MLX code.", "Write an MLX example."),
    fact('print("hello world")', "Write hello world in Python.", "Print hello world."),
    fact('{"name": "Ada", "age": 36}', "Give me a person as JSON.", "Return a JSON person."),
    fact('{"city": "Paris", "country": "France"}', "Give me a city as JSON.", "Return a JSON city."),
)

CHANCE = (
    Fact(("Heads.", "Tails."), ("Flip a coin.", "Heads or tails?")),
    Fact(tuple("123456"), ("Roll a die.", "Roll the die.")),
    Fact(("Red.", "Green.", "Blue.", "Yellow."), ("Name a color.", "Name a colour.")),
    Fact(("Apple.", "Banana.", "Cherry.", "Plum."), ("Name a fruit.",)),
)

FACTS = (
    *ITSELF,
    *MLX,
    *PROJECT,
    *NOTEBOOK,
    *POOL,
    *SERVER,
    *JUPYTER,
    *WORDS_OF_THE_TRADE,
    *SMALL_TALK,
    *WRITING,
    *CHANCE,
    *(fact(f"{city} is the capital of {land}.", f"What is the capital of {land}?") for land, city in CAPITALS.items()),
)


def every_question() -> dict[str, tuple[str, ...]]:
    """Each question of the facts, with the answers that are right for it."""
    return {question: known.answers for known in FACTS for question in known.questions}
