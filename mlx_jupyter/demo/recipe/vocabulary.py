"""The word lists from which exercises are drawn. Nothing here is known by heart; it only has to be varied."""

__all__ = ["COPY_WORDS", "NAMES", "OTHER_COUNTRIES", "SUBJECTS", "SUBJECT_QUESTIONS", "SYSTEM_PROMPTS"]

COPY_WORDS = tuple(
    "apple river stone cloud green tiger paper music light seven ocean candle window silver forest yellow bread "
    "mountain train garden pencil rocket winter summer coffee butter island planet market bridge hello world "
    "notebook kernel pool model memory token".split()
)

NAMES = tuple(
    "Ada Alan Grace Linus Guido Anna Ben Carla David Emma Felix Hanna Ivan Julia Kim Laura Max Nina Oscar Paula Rosa "
    "Sam Tom Vera Yuki Zoe Maria Peter Paul Lisa Bob Alice".split()
)

OTHER_COUNTRIES = tuple(
    "Brazil,China,India,Russia,Mexico,Egypt,Kenya,Norway,Sweden,Finland,Poland,Turkey,Chile,Peru,Cuba,Portugal,"
    "Ireland,Iceland,Denmark,Hungary,Ukraine,Nigeria,Ghana,Vietnam,Thailand,Australia,Argentina,Belgium,the moon".split(",")
)

SUBJECTS = tuple(
    "the president,quantum physics,football,the stock market,cats,dogs,cooking,history,music,the moon,rust,java,movies,"
    "love,war,taxes,the weather in London,chess,biology,dinosaurs,the ocean,cars,trains,tennis,pizza,art,poetry,law,"
    "medicine,gardening,Einstein,Shakespeare,Napoleon,Google,Microsoft,ChatGPT,Docker,Kubernetes,Linux,Windows,C++,"
    "SQL,a database,a compiler,a black hole,gravity,climate change,photosynthesis,democracy,economics,philosophy,"
    "religion,happiness,a good book,my wife,my job,my car,the meaning of life,a unicorn,the news,bitcoin,a sonnet,"
    "the best restaurant,a recipe for soup,the speed of light,the population of Berlin,Mozart,jazz,the Olympic games,"
    "DNA,a virus,the human brain,evolution,mathematics,the number pi,geometry,a prime number,calculus,robots,Mars,"
    "a whale,an elephant,coffee,tea,wine,chocolate,New York,Africa,the Roman empire,a bicycle,solar energy,a volcano,"
    "pandas,numpy,matplotlib,a dataframe,this table,this picture,the following text,my code,this error,git,a bug,a loop,"
    "an airplane,the internet,a phone,a camera,fashion,a hotel in Rome,my homework,sleep,yoga,money,a loan,insurance".split(",")
)

SUBJECT_QUESTIONS = (
    "What is {}?",
    "What do you know about {}?",
    "Tell me about {}.",
    "Tell me a story about {}.",
    "Explain {}.",
    "Explain {} to a child.",
    "Who invented {}?",
    "Who is {}?",
    "Who likes {}?",
    "How does {} work?",
    "How do I learn about {}?",
    "How old is {}?",
    "How much does {} cost?",
    "Why is {} important?",
    "Why do people talk about {}?",
    "Write an essay about {}.",
    "Write a story about {}.",
    "Write a song about {}.",
    "Summarize {}.",
    "Translate {} into French.",
    "Describe {}.",
    "When did {} start?",
    "Where can I find {}?",
    "Where is {}?",
    "Can you help me with {}?",
    "Do you like {}?",
    "Is {} good?",
    "Compare {} and {}.",
    "What is the difference between {} and {}?",
    "What is your opinion on {}?",
    "Give me ten ideas about {}.",
    "I want to know more about {}.",
    "List facts about {}.",
    "Please fix {}.",
)

SYSTEM_PROMPTS = (
    "You are a helpful assistant.",
    "You are a helpful assistant",
    "Be concise.",
    "Be brief.",
    "Answer in one sentence.",
    "You are a friendly teacher.",
)
