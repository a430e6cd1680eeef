"""Eight people's answers to three exercises, each in a way of their own; the first is the instructor's."""

LONGEST = [
    """def longest(words):
    best = ""
    for word in words:
        if len(word) > len(best):
            best = word
    return best""",
    """def longest(words):
    return max(words, key=len, default="")""",
    """def longest(words):
    if not words:
        return ""
    lengths = [len(w) for w in words]
    return words[lengths.index(max(lengths))]""",
    '''def longest(words):
    ordered = sorted(words, key=lambda w: -len(w))
    return ordered[0] if ordered else ""''',
    """def longest(words):
    from functools import reduce
    return reduce(lambda a, b: b if len(b) > len(a) else a, words, "")""",
    """def longest(words):
    result, size = "", 0
    i = 0
    while i < len(words):
        current = len(words[i])
        if current > size:
            size = current
            result = words[i]
        i += 1
    return result""",
    """def longest(words):
    if len(words) == 0: return ""
    rest = longest(words[1:])
    return words[0] if len(words[0]) >= len(rest) else rest""",
    '''import numpy as np
def longest(words):
    arr = np.array([len(w) for w in words], dtype=int)
    return words[int(arr.argmax())] if arr.size else ""''',
]
COUNTS = [
    """def counts(text):
    found = {}
    for word in text.lower().split():
        found[word] = found.get(word, 0) + 1
    return found""",
    """from collections import Counter
def counts(text):
    return dict(Counter(text.lower().split()))""",
    """def counts(text):
    d = dict()
    for w in text.split():
        w = w.lower()
        if w in d:
            d[w] += 1
        else:
            d[w] = 1
    return d""",
    """from collections import defaultdict
def counts(text):
    table = defaultdict(int)
    for token in text.lower().split():
        table[token] += 1
    return dict(table)""",
    """def counts(text):
    words = text.lower().split()
    return {w: words.count(w) for w in set(words)}""",
    """def counts(text):
    words = sorted(text.lower().split())
    out, start = {}, 0
    for end in range(1, len(words) + 1):
        if end == len(words) or words[end] != words[start]:
            out[words[start]] = end - start
            start = end
    return out""",
    """import itertools
def counts(text):
    groups = itertools.groupby(sorted(text.lower().split()))
    return {key: len(list(items)) for key, items in groups}""",
    """import re
def counts(text):
    result = {}
    for match in re.finditer(r"\\S+", text):
        key = match.group(0).lower()
        try:
            result[key] = result[key] + 1
        except KeyError:
            result[key] = 1
    return result""",
]
QUEUE = [
    """class Queue:
    def __init__(self):
        self.items = []

    def put(self, item):
        self.items.append(item)

    def get(self):
        if not self.items:
            raise IndexError("empty")
        return self.items.pop(0)

    def __len__(self):
        return len(self.items)""",
    """from collections import deque
class Queue:
    def __init__(self):
        self._d = deque()
    def put(self, item):
        self._d.append(item)
    def get(self):
        return self._d.popleft()
    def __len__(self):
        return len(self._d)""",
    """class Queue(list):
    def put(self, item):
        self.append(item)
    def get(self):
        first = self[0]
        del self[0]
        return first""",
    '''class Queue:
    """Two stacks: one for what comes, one for what goes."""
    def __init__(self):
        self.inbox = []
        self.outbox = []
    def put(self, item):
        self.inbox.append(item)
    def get(self):
        if len(self.outbox) == 0:
            while self.inbox:
                self.outbox.append(self.inbox.pop())
        return self.outbox.pop()
    def __len__(self):
        return len(self.inbox) + len(self.outbox)''',
    """class Queue:
    def __init__(self):
        self.head = self.tail = None
        self.n = 0
    def put(self, item):
        node = [item, None]
        if self.tail is None:
            self.head = node
        else:
            self.tail[1] = node
        self.tail = node
        self.n += 1
    def get(self):
        if self.head is None:
            raise IndexError
        value, self.head = self.head
        if self.head is None:
            self.tail = None
        self.n -= 1
        return value
    def __len__(self):
        return self.n""",
    """class Queue:
    def __init__(self):
        self.data = {}
        self.first, self.last = 0, 0
    def put(self, item):
        self.data[self.last] = item
        self.last += 1
    def get(self):
        item = self.data.pop(self.first)
        self.first += 1
        return item
    def __len__(self):
        return self.last - self.first""",
    """import queue
class Queue:
    def __init__(self):
        self.q = queue.SimpleQueue()
    def put(self, item):
        self.q.put(item)
    def get(self):
        try:
            return self.q.get_nowait()
        except queue.Empty:
            raise IndexError("nothing here") from None
    def __len__(self):
        return self.q.qsize()""",
    """class Queue:
    def __init__(self):
        self.content = ()
    def put(self, item):
        self.content = (*self.content, item)
    def get(self):
        item, *rest = self.content
        self.content = tuple(rest)
        return item
    def __len__(self):
        return sum(1 for _ in self.content)""",
]
EXERCISES = {"longest": LONGEST, "counts": COUNTS, "queue": QUEUE}
