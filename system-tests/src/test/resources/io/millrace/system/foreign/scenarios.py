"""What the Python programs share: scenarios by feature, run several at a time, one line of JSON for each."""
import concurrent.futures
import json
import sys
import time
import traceback
import zlib

PATIENCE_S = 60


class Scenarios:
    def __init__(self):
        self.by_feature = {}

    def add(self, feature, run):
        self.by_feature[feature] = run

    def main(self, wanted):
        chosen = {f: run for f, run in self.by_feature.items() if not wanted or f in wanted}
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda item: self.run(*item), chosen.items()))

    @staticmethod
    def run(feature, scenario):
        answer = {}
        try:
            scenario(answer)
            line = {"feature": feature, "answer": answer}
        except BaseException as e:
            traceback.print_exc()
            line = {"feature": feature, "error": "%s: %s after %s" % (type(e).__name__, e, answer)}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def await_that(what, question):
    deadline = time.monotonic() + PATIENCE_S
    while not question():
        if time.monotonic() > deadline:
            raise TimeoutError("%s: not within %d s" % (what, PATIENCE_S))
        time.sleep(0.02)


def refusal(answer, what, call, name):
    """The name of the error that the call ends with."""
    try:
        call()
        answer[what] = "not refused"
    except Exception as e:
        answer[what] = name(e)


def digest(items):
    return zlib.crc32("\n".join(items).encode())


def text(data):
    return None if data is None else data.decode()
