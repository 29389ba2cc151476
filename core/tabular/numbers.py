"""Numbers as people write them: with separators, currencies, percent signs and Chinese units."""

import re
import unicodedata
from decimal import Decimal

_UNITS = {
    "": Decimal(1),
    "%": Decimal("0.01"),
    "‰": Decimal("0.001"),
    "十": Decimal(10),
    "百": Decimal(100),
    "千": Decimal(1_000),
    "k": Decimal(1_000),
    "万": Decimal(10_000),
    "萬": Decimal(10_000),
    "w": Decimal(10_000),
    "十万": Decimal(100_000),
    "百万": Decimal(1_000_000),
    "m": Decimal(1_000_000),
    "mn": Decimal(1_000_000),
    "million": Decimal(1_000_000),
    "千万": Decimal(10_000_000),
    "亿": Decimal(100_000_000),
    "億": Decimal(100_000_000),
    "bn": Decimal(1_000_000_000),
    "billion": Decimal(1_000_000_000),
    "万亿": Decimal(1_000_000_000_000),
}
_CURRENCY = r"(?:US\$|HK\$|NT\$|[¥$€£₩₹₽]|RMB|CNY|USD|EUR|GBP|HKD|TWD|JPY)"
_number = re.compile(
    rf"""(?P<open>\()? \s* (?P<sign>[+-])? \s* (?P<before>{_CURRENCY})? \s* (?P<sign2>[+-])? \s*
    (?P<digits>\d[\d.,'’ ]*|[.,]\d+) (?P<exponent>e[+-]?\d{{1,3}})? \s*
    (?P<unit>{"|".join(sorted(filter(None, _UNITS), key=len, reverse=True))})? \s*
    (?P<after>{_CURRENCY}|人民币|美元|欧元|港币|圆|元|块)? \s* (?P<trailing>-)? (?P<close>\))?""",
    re.VERBOSE | re.IGNORECASE,
)
_plain = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?")


def parse_number_text(text: str) -> Decimal | None:
    """The number a text means, or None. "12%" is 0.12, "1.2万" is 12000, "(300)" is -300.

    With one kind of separator, exactly three digits after a lone comma are thousands ("1,200"), while a lone
    point is a decimal point ("1.200").
    """
    text = text.strip()
    if _plain.fullmatch(text):
        return Decimal(text)
    if len(text) > 60:
        return None
    text = unicodedata.normalize("NFKC", text).replace("−", "-").replace("\u202f", " ").replace("¥", "¥").strip()
    match = _number.fullmatch(text)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    digits = _plain_digits(match["digits"].strip())
    if digits is None:
        return None
    number = Decimal(digits + (match["exponent"] or "")) * _UNITS[(match["unit"] or "").lower()]
    signs = [match["sign"], match["sign2"], match["trailing"], match["open"]]
    if sum(sign is not None for sign in signs) > 1:
        return None
    return -number if "-" in signs or match["open"] else number


def parse_money_text(text: str) -> Decimal | None:
    """Like `parse_number_text`, and only if it says or shows that it is money."""
    number = parse_number_text(text)
    shown = unicodedata.normalize("NFKC", text)
    named = re.search(_CURRENCY + "|元|块|人民币|圆", shown, re.IGNORECASE)
    return number if named or re.search(r"\d[.,]\d\d\)?$", shown.strip()) else None


def _plain_digits(text: str) -> str | None:
    """Digits with a decimal point at most, or None when the separators make no sense."""
    text = text.replace("’", "'")
    if text.startswith((".", ",")):
        return "0." + text[1:] if text[1:].isdigit() else None
    text = text.rstrip(".,") if text[-1:] in ".," and text[:-1].isdigit() else text
    separators = [char for char in text if not char.isdigit()]
    if not separators:
        return text
    last = separators[-1]
    if len(set(separators)) == 1:
        if len(separators) == 1 and last in ".,":
            whole, _, rest = text.partition(last)
            if last == "." or not (_grouped(text, ",") and whole != "0"):
                return f"{whole}.{rest}"
        return text.replace(last, "") if _grouped(text, last) else None
    if last not in ".," or separators.count(last) > 1 or len(set(separators)) > 2:
        return None
    whole, _, rest = text.rpartition(last)
    return whole.replace(separators[0], "") + "." + rest if _grouped(whole, separators[0]) else None


def _grouped(text: str, separator: str) -> bool:
    """Groups of three; or of four, as 万 are sometimes grouped; or of two before the last, as in India."""
    first, *rest = text.split(separator)
    if not 1 <= len(first) <= 4 or not all(part.isdigit() for part in (first, *rest)):
        return False
    sizes = {len(part) for part in rest}
    indian = len(first) <= 2 and len(rest[-1]) == 3 and {len(part) for part in rest[:-1]} == {2}
    return (sizes == {3} and len(first) <= 3) or (sizes == {4} and separator != ".") or indian
