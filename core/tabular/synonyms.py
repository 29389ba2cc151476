"""What people call the fields that most tables have, in English and Chinese."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    "name": (
        "full name", "person", "姓名", "名字", "名称", "lead name", "线索名称", "title", "account",
        "account name", "company", "company name", "customer", "customer name", "client", "client name",
        "organization", "organisation", "business name", "客户", "客户名称", "客户名", "公司", "公司名称",
        "企业", "企业名称", "单位", "单位名称",
    ),
    "first_name": ("given name", "forename", "名"),
    "last_name": ("surname", "family name", "姓", "姓氏"),
    "company": (
        "company name", "account", "account name", "organization", "organisation", "employer", "firm",
        "business", "公司", "公司名称", "企业", "企业名称", "单位", "单位名称", "所在公司", "工作单位",
    ),
    "contact": (
        "contact person", "contact name", "primary contact", "联系人", "联系人姓名", "主要联系人",
    ),
    "phone": (
        "phone number", "telephone", "tel", "mobile", "mobile phone", "mobile number", "cell",
        "cell phone", "contact number", "landline", "whatsapp", "电话", "电话号码", "手机", "手机号",
        "手机号码", "联系电话", "联系方式", "座机", "固话", "移动电话", "公司电话",
    ),
    "mobile": (
        "mobile phone", "mobile number", "cell", "cell phone", "手机", "手机号", "手机号码",
        "移动电话",
    ),
    "email": (
        "e mail", "email address", "e mail address", "mail", "contact email", "邮箱", "电子邮箱",
        "邮箱地址", "邮件", "电子邮件", "邮件地址",
    ),
    "wechat": ("wechat id", "weixin", "微信", "微信号"),
    "industry": ("sector", "vertical", "line of business", "行业", "所属行业", "行业类型", "所在行业"),
    "employees": (
        "employee count", "number of employees", "headcount", "staff", "company size", "team size",
        "员工", "员工数", "员工人数", "人数", "公司规模", "企业规模", "人员规模",
    ),
    "revenue": (
        "annual revenue", "turnover", "sales revenue", "yearly revenue", "营业额", "年营业额", "营收",
        "年营收", "年收入", "营业收入", "销售额",
    ),
    "website": (
        "web site", "url", "homepage", "web", "domain", "site", "网址", "网站", "官网", "公司网址",
        "主页",
    ),
    "address": (
        "street", "street address", "mailing address", "office address", "location", "office location",
        "地址", "详细地址", "公司地址", "联系地址", "办公地址", "通讯地址", "所在地",
    ),
    "city": (
        "town", "location", "office location", "office", "城市", "所在城市", "市", "地市", "所在地",
        "地区",
    ),
    "province": ("state", "region", "county", "省", "省份", "所在省份", "省市"),
    "country": ("nation", "country region", "国家", "国别", "国家地区"),
    "postal_code": ("zip", "zip code", "postcode", "post code", "邮编", "邮政编码"),
    "parent": (
        "parent company", "parent account", "subsidiary of", "belongs to", "holding company",
        "上级公司", "母公司", "上级客户", "所属集团", "集团",
    ),
    "founded": (
        "founded in", "year founded", "year established", "established", "founding year",
        "founding date", "成立年份", "成立时间", "成立日期", "创立时间", "注册时间",
    ),
    "source": (
        "lead source", "origin", "lead origin", "channel", "referral source",
        "how did you hear about us", "来源", "客户来源", "线索来源", "渠道", "来源渠道", "获客渠道",
    ),
    "status": (
        "stage", "state", "lead status", "deal stage", "状态", "客户状态", "线索状态", "阶段",
        "跟进状态",
    ),
    "level": (
        "grade", "tier", "rating", "customer level", "级别", "客户级别", "客户等级", "等级", "星级",
    ),
    "priority": ("urgency", "importance", "优先级", "紧急程度"),
    "type": ("category", "kind", "customer type", "类型", "客户类型", "类别", "分类"),
    "score": ("points", "lead score", "评分", "分数", "得分", "线索评分"),
    "owner": (
        "account owner", "account manager", "sales rep", "sales agent", "salesperson", "assigned to",
        "assignee", "responsible", "负责人", "所有人", "销售", "销售人员", "业务员", "跟进人",
        "归属人", "客户经理", "责任人",
    ),
    "team": ("department", "sales team", "group", "部门", "团队", "所属部门", "销售团队"),
    "position": ("job title", "title", "role", "occupation", "job", "职位", "职务", "岗位", "头衔"),
    "job_title": ("position", "title", "role", "occupation", "job", "职位", "职务", "岗位", "头衔"),
    "gender": ("sex", "性别"),
    "birthday": ("birth date", "date of birth", "dob", "生日", "出生日期"),
    "amount": (
        "value", "deal value", "close value", "price", "total", "sum", "金额", "价格", "总额", "合计",
        "成交金额", "订单金额",
    ),
    "currency": ("币种", "货币"),
    "product": (
        "product name", "item", "product purchased", "产品", "产品名称", "商品", "意向产品",
        "购买产品",
    ),
    "subject": ("title", "topic", "headline", "ticket subject", "主题", "标题", "题目"),
    "description": (
        "details", "detail", "summary", "about", "body", "content", "ticket description", "描述",
        "简介", "详情", "说明", "内容", "公司简介",
    ),
    "notes": (
        "note", "remark", "remarks", "comment", "comments", "memo", "备注", "备注信息", "说明", "其他",
        "附注",
    ),
    "tags": ("tag", "label", "labels", "keywords", "标签"),
    "code": (
        "customer code", "customer number", "account number", "reference", "编号", "编码", "客户编号",
        "客户编码", "代码",
    ),
    "tax_number": ("tax id", "vat number", "vat", "税号", "纳税人识别号", "统一社会信用代码", "信用代码"),
    "created_at": (
        "created", "create date", "creation date", "date created", "创建时间", "创建日期", "录入时间",
        "建档日期",
    ),
    "next_follow_up": ("next contact", "follow up date", "下次跟进", "下次跟进时间", "下次联系时间"),
}  # fmt: skip
"""By field key. A field that is called otherwise brings its own (`TargetField.synonyms`)."""

SAME_AS = {
    "mobile_phone": "mobile", "telephone": "phone", "tel": "phone", "e_mail": "email", "mail": "email",
    "sector": "industry", "headcount": "employees", "employee_count": "employees",
    "annual_revenue": "revenue", "url": "website", "homepage": "website", "street": "address",
    "location": "address", "state": "province", "region": "province", "zip": "postal_code",
    "postcode": "postal_code", "parent_company": "parent", "parent_customer": "parent",
    "year_established": "founded", "founded_on": "founded", "founded_year": "founded",
    "lead_source": "source", "channel": "source", "stage": "status", "grade": "level",
    "category": "type", "assignee": "owner", "department": "team", "role": "position",
    "title": "position", "value": "amount", "price": "amount", "summary": "description",
    "note": "notes", "remark": "notes", "remarks": "notes", "comment": "notes", "customer": "company",
    "account": "company", "organization": "company",
}  # fmt: skip
"""Keys under which such a field also goes."""

NEUTRAL = frozenset((
    "a", "an", "the", "my", "our", "your", "their", "what", "which", "is", "of", "for", "in", "current",
    "main", "primary", "full", "customer", "client", "contact", "lead", "account", "company", "business",
    "ticket", "order", "deal", "opportunity", "person", "user",
    "客户", "公司", "企业", "单位", "联系", "联系人", "客户联系", "线索", "商机", "订单", "工单", "主要",
    "当前", "所属", "所在", "您的", "我的",
))  # fmt: skip
"""Words that do not change which field is meant: a customer's phone is a phone, a parent's name no name."""


def synonyms_of(key: str) -> tuple[str, ...]:
    return SYNONYMS.get(key) or SYNONYMS.get(SAME_AS.get(key, ""), ())
