"""Reading a person out of what was pasted: a business card, the signature of a mail, a line of chat."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers

HIGH, MEDIUM, LOW = 3, 2, 1

EMAIL = re.compile(r"[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}", re.ASCII)
LABELS = {
    "name": r"姓名|联系人|称呼|name|contact",
    "company": r"公司(?:名称)?|单位|企业|company|organi[sz]ation",
    "title": r"职[位务称]|岗位|title|position",
    "phone": r"电话|手机(?:号码?)?|联系方式|联系电话|tel(?:ephone)?|mob(?:ile)?|cell|phone|[tmp]",
    "email": r"邮箱|电子邮[件箱]|e-?mail|mail",
    "wechat": r"微信(?:号|同号)?|wechat(?:\s*id)?|weixin|wx|vx|v信",
    "address": r"(?:公司|办公|联系)?地址|address|addr?",
    "need": r"需求|备注|留言|need|message|note",
}
LABELLED = re.compile(
    "|".join(rf"(?P<{key}>(?:{words})\s*[:：])" for key, words in LABELS.items()), re.IGNORECASE
)  # fmt: skip
WECHAT = re.compile(r"(?:微信号?|wechat(?:\s*id)?|weixin|wx|vx)\s*[:：]?\s*([A-Za-z][\w-]{5,19}|1[3-9]\d{9})", re.I)
WECHAT_TOO = re.compile(r"微信同号|同微信|\(微信\)|（微信）", re.I)
COMPANY_ZH = re.compile(
    r"[\u4e00-\u9fff（）()A-Za-z0-9·]{2,40}?"
    r"(?:有限责任公司|股份有限公司|有限公司|集团|公司|工作室|事务所|研究院|大学|医院|银行|厂)(?![\u4e00-\u9fff]{3,})"
)
COMPANY_EN = re.compile(
    r"\b(?:[A-Z][\w&'.-]*,?\s+){1,6}(?:Inc|Ltd|LLC|GmbH|AG|Corp|Corporation|Co|Company|Group|Limited|Technologies|"
    r"Solutions|University|Trading|S\.?A|B\.?V|Pty Ltd)\b\.?(?:,?\s*Ltd\.?)?"
)
TITLE_ZH = re.compile(
    r"(?:[\u4e00-\u9fff]{0,8}?)(?:总经理|副总裁|总裁|董事长|总监|经理|主管|主任|工程师|顾问|采购员?|专员|助理|代表|"
    r"创始人|合伙人|厂长|店长|老板|教授|院长|部长|科长|处长)"
)
TITLE_EN = re.compile(
    r"\b(?:(?:Senior|Junior|Chief|Vice|Head|General|Regional|Sales|Marketing|Product|Purchasing|Procurement|Project|"
    r"Technical|Executive|Managing|Deputy|Account|Operations|Business|Development|of|the|IT)\s+)*"
    r"(?:CEO|CTO|CFO|COO|CMO|VP|President|Director|Manager|Engineer|Founder|Co-founder|Partner|Owner|Buyer|Consultant|"
    r"Officer|Head|Lead|Assistant|Specialist|Representative)"
    r"(?:\s+of\s+(?:[A-Z]\w+\s?){1,3})?\b"
)
ADDRESS_ZH = re.compile(
    r"(?:[\u4e00-\u9fff]{2,7}(?:省|自治区))?[\u4e00-\u9fff]{2,7}(?:市|自治州)[\u4e00-\u9fffA-Za-z0-9\-（）()#、·]{2,60}"
)
ADDRESS_EN = re.compile(
    r"\b\d{1,5}\s+[A-Z][\w .]+(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Blvd|Way|Strasse|Straße)\b[^\n]*"
)
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付"
    "方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴"
)
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯")
NAME_EN = re.compile(
    r"[A-Z][a-zäöüéèß'-]+(?:\s+[A-Z]\.?)?(?:\s+(?:van|von|de|da|bin)\s*)?(?:\s+[A-Z][a-zäöüéèß'-]+){1,2}"
)
GREETINGS = re.compile(
    r"^(?:dear|hi|hello|(?:best|kind|with)?\s*(?:regards|wishes)|thanks?|thank you|cheers|您好|你好|谢谢|此致|敬礼)\b"
    r"[ ,，!！。]*$",
    re.I,
)
INTRODUCED = re.compile(
    r"(?:我是|我叫|本人|敝姓)\s*(?P<zh>[\u4e00-\u9fff]{2,4})"
    r"|(?i:this is|my name is|i am|i'm)\s+(?P<en>[A-Z][a-z]+(?:\s[A-Z][a-z]+){0,2})"
)


@dataclass(frozen=True)
class Found:
    """A value, as it was written, and how sure we are of it: 3 nearly, 2 rather, 1 hardly."""

    value: str
    sure: int


def read_card(text: str, country: str = "CN") -> dict[str, Found]:
    """What a text tells of a person, by the keys of a lead. What says nothing of the kind is `need`."""
    lines = _lines(text)
    found: dict[str, Found] = {}
    left: list[str] = []
    for line in lines:
        rest = _take_labelled(line, found)
        rest = _take_reach(rest, found, country)
        rest = re.sub(r"[（(]\s*[）)]", " ", rest)
        if rest := rest.strip(" ,，;；|/、-·:："):
            left.append(rest)
    left = _take_called(left, found)
    if "name" not in found and (email := found.get("email")):
        guessed = _name_of_address(email.value)
        if guessed:
            found["name"] = Found(guessed, LOW)
    if left:
        found.setdefault("need", Found("\n".join(left)[:2000], LOW))
    return found


def _lines(text: str) -> list[str]:
    plain = text.replace("\r", "\n").replace("\t", "  ").replace("\u3000", "  ").replace("\x00", "")[:10_000]
    pieces = (piece for line in plain.split("\n") for piece in re.split(r"\s{2,}|\s*[|｜]\s*", line))
    return [piece.strip() for piece in pieces if piece.strip()][:200]


def _take_labelled(line: str, found: dict[str, Found]) -> str:
    """“电话:… 邮箱:…”: each value goes from its label to the next one."""
    marks = [mark for mark in LABELLED.finditer(line) if mark.start() == 0 or not line[mark.start() - 1].isalnum()]
    if not marks:
        return line
    rest = line[: marks[0].start()]
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        key = mark.lastgroup or ""
        value = line[mark.end() : after.start() if after else len(line)].strip(" ,，;；/、")
        if key in ("phone", "email"):
            rest += f"  {value}"  # read by what they look like, which is surer
        elif value and key not in found:
            found[key] = Found(value[:500], HIGH)
    return rest


def _take_reach(line: str, found: dict[str, Found], country: str) -> str:
    if email := EMAIL.search(line):
        found.setdefault("email", Found(email[0].lower(), HIGH))
        line = EMAIL.sub(" ", line)
    if wechat := WECHAT.search(line):
        found.setdefault("wechat", Found(wechat[1], HIGH))
        line = line.replace(wechat[0], " ")
    same = WECHAT_TOO.search(line)
    for match in _phones(line, country):
        number = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        is_mobile = phonenumbers.number_type(match.number) in (
            phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
        )  # fmt: skip
        if "phone" not in found or (is_mobile and found["phone"].sure < HIGH):
            found["phone"] = Found(number, HIGH if is_mobile else MEDIUM)
        if same:
            found.setdefault("wechat", Found(str(match.number.national_number), MEDIUM))
        line = line.replace(match.raw_string, " ")
    return WECHAT_TOO.sub(" ", line)


def _phones(line: str, country: str) -> Iterator[phonenumbers.PhoneNumberMatch]:
    return iter(list(phonenumbers.PhoneNumberMatcher(line, country))[:5])


def _take_called(lines: list[str], found: dict[str, Found]) -> list[str]:
    """Name, company, title and address, told from how such things are called."""
    left = []
    for number, line in enumerate(lines):
        if GREETINGS.match(line):
            continue
        if "name" not in found and (said := INTRODUCED.search(line)) and (name := _introduced(said)):
            found["name"] = Found(name, MEDIUM)
        if (
            (first := TITLE_EN.match(line))
            and line[first.end() : first.end() + 1] in (",", "，")
            and "title" not in found
        ):
            found["title"] = Found(first[0], HIGH)
            line = line[first.end() + 1 :].strip()
        if "company" not in found and (company := COMPANY_ZH.search(line) or COMPANY_EN.search(line)):
            found["company"] = Found(company[0].strip(" ,，"), HIGH if len(company[0]) == len(line) else MEDIUM)
            line = line.replace(company[0], " ").strip(" ,，-·")
        if "address" not in found and (address := ADDRESS_ZH.search(line) or ADDRESS_EN.search(line)):
            found["address"] = Found(address[0].strip(), MEDIUM)
            line = line.replace(address[0], " ").strip(" ,，-·")
        title = TITLE_ZH.search(line) or TITLE_EN.search(line)
        before = line[: title.start()] if title else line
        if "name" not in found and (name := _name_in(before if title else line)):
            found["name"] = Found(name, HIGH if line == name or (title and number < 3) else MEDIUM)
            line = line.replace(name, " ", 1).strip(" ,，-·/")
            title = TITLE_ZH.search(line) or TITLE_EN.search(line)
        if title and "title" not in found and len(line) <= 60:
            found["title"] = Found(title[0].strip(), HIGH if len(title[0].strip()) == len(line) else MEDIUM)
            line = line.replace(title[0], " ").strip(" ,，-·/")
        if len(line) > 1:
            left.append(line)
    return left


def _introduced(said: re.Match[str]) -> str:
    """“我是王小明,想了解…”: the name is as long as a name is."""
    chinese = said["zh"]
    if not chinese:
        return said["en"] or ""
    return next((name for size in (3, 4, 2) if (name := _name_in(chinese[:size])) and len(name) == size), "")


def _name_in(text: str) -> str:
    """A personal name that is the whole of a text or begins it."""
    plain = text.strip(" ,，:：-·")
    if GREETINGS.match(plain):
        return ""
    if chinese := re.match(r"[\u4e00-\u9fff]+", plain):
        word = chinese[0]
        if word[:2] in COMPOUND and 3 <= len(word) <= 4:
            return word
        if word[0] in SURNAMES and 2 <= len(word) <= 3:
            return word
        return ""
    english = NAME_EN.match(plain)
    return english[0] if english and len(english[0]) == len(plain) else ""


def _name_of_address(email: str) -> str:
    words = [word for word in re.split(r"[._-]", email.partition("@")[0]) if word.isalpha() and len(word) > 1]
    return " ".join(word.capitalize() for word in words) if len(words) in (2, 3) else ""
