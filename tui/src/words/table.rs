//! The table: name, Vietnamese, English. `{}` is a gap (see [`super::Lang::fill`]).

macro_rules! words {
    ($($word:ident = $vi:literal, $en:literal;)*) => {
        /// A text of the screen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each stands in the table with what it says")]
        pub enum Word { $($word,)* }

        impl Word {
            /// Every text.
            pub const ALL: &'static [Self] = &[$(Self::$word,)*];

            /// Vietnamese, English.
            #[must_use]
            pub const fn texts(self) -> (&'static str, &'static str) {
                match self { $(Self::$word => ($vi, $en),)* }
            }
        }
    };
}

words! {
    // The bar at the top: what it is that one looks at, and whether it lives.
    Live = "trực tiếp", "live";
    Connecting = "đang kết nối…", "connecting…";
    LinkLostSince = "Mất kết nối từ {}", "Link lost since {}";
    FrozenShort = "giữ yên", "frozen";
    FiguresOfThen = "số liệu là của lúc đó", "the figures are of then";
    LinkLost = "mất kết nối", "link lost";
    SilentSince = "Máy chủ im lặng từ {}: số liệu bên dưới là của lúc đó", "The server is silent since {}: the figures below are of then";
    Stale = "không có tin mới", "no news";
    Frozen = "Giữ yên từ {}: dữ liệu vẫn vào, nhấn {} để xem tiếp", "Frozen at {}: data keeps coming in, {} to go on";
    FilterLabel = "lọc", "filter";
    AllWell = "Không có gì cần xử lý", "Nothing needs attention";
    AllWellAsFarAsSeen = "Quầy, thủ tục ổn; thiết bị, cảnh báo: không có quyền xem", "Counters, services well; devices, alerts not for this role";
    NoBoardYet = "Đang chờ bảng đầu tiên từ máy chủ", "Waiting for the first board from the server";
    TooSmall = "Cửa sổ {} quá nhỏ: cần ít nhất {}", "Window {} is too small: at least {} is needed";

    // The line of figures below it.
    KpiWaiting = "Chờ", "Waiting";
    KpiLongest = "lâu nhất", "longest";
    KpiCalled = "{} gọi", "{} called";
    KpiCounters = "Quầy", "Counters";
    KpiSatisfied = "Hài lòng", "Satisfied";
    KpiWaitingArea = "Chỗ chờ", "Hall";
    KpiDevices = "Thiết bị", "Devices";
    KpiDeadLetters = "thư chết", "dead letters";
    KpiArrivals = "đến", "arrived";
    KpiMissed = "vắng mặt {}", "missed in {}";
    KpiAbandoned = "bỏ cuộc", "left";

    // Panes.
    Services = "Thủ tục", "Services";
    ServicesInTrouble = "Thủ tục cần chú ý", "Services in trouble";
    ServicesLongest = "Thủ tục chờ lâu nhất", "Longest waits";
    OrderHeld = "giữ thứ tự", "order held";
    GoneFromBoard = "không còn trên bảng", "gone from the board";
    Counters = "Quầy", "Counters";
    Calls = "Số vừa gọi", "Calls";
    Ratings = "Đánh giá", "Ratings";
    Zones = "Khu vực camera", "Camera zones";
    Devices = "Thiết bị", "Devices";
    DeadLetters = "Thư chết", "Dead letters";
    Alerts = "Cảnh báo", "Alerts";
    NothingMatches = "không dòng nào khớp bộ lọc", "no row matches the filter";

    // Columns.
    ColService = "thủ tục", "service";
    ColWaiting = "chờ", "wait";
    ColLongest = "lâu", "long";
    ColMeanP90 = "t.bình/p90", "mean/p90";
    ColExpected = "dự kiến", "expected";
    ColPromise = "đúng hẹn", "kept";
    ColTrend = "xu hướng", "trend";
    ColOpen = "quầy", "open";
    ColNext = "số tiếp theo", "next";
    ColArrivals = "đến", "in";
    ColAbandoned = "bỏ", "left";
    ColCalled = "gọi", "called";
    ColCounter = "quầy", "counter";
    ColStatus = "trạng thái", "status";
    ColTicket = "số", "ticket";
    ColSince = "từ", "since";
    ColOfficer = "cán bộ", "officer";
    ColServed = "xong", "served";
    ColMeanService = "t.bình", "mean";
    ColUtilisation = "hiệu suất", "load";
    ColSatisfied = "hài lòng", "satisf.";
    ColTime = "lúc", "time";
    ColPriority = "ưu tiên", "priority";
    ColDevice = "thiết bị", "device";
    ColKind = "loại", "kind";
    ColAge = "tuổi", "age";
    ColSkew = "lệch giờ", "skew";
    ColGaps = "hụt", "gaps";
    ColFlags = "ghi chú", "flags";
    ColZone = "khu vực", "zone";
    ColCamera = "camera", "camera";
    ColWhere = "ở đâu", "where";
    ColLevel = "mức", "level";
    ColPeople = "người", "people";
    ColReason = "lý do", "reason";
    ColAlert = "cảnh báo", "alert";
    ColSeverity = "mức độ", "severity";
    ColAcknowledged = "đã nhận", "seen by";
    ColDetail = "chi tiết", "detail";
    ColRecall = "gọi lại", "again";
    ColRated = "lượt", "n";
    ColTopic = "chủ đề", "topic";

    // States.
    Serving = "phục vụ", "serving";
    Called = "đã gọi", "called";
    Idle = "rảnh", "idle";
    Paused = "ngưng", "paused";
    Closed = "đóng", "closed";
    Recall = "mời lại", "recall";
    DeviceInit = "khởi động", "starting";
    DeviceReady = "sẵn sàng", "ready";
    DeviceSleeping = "nghỉ", "sleeping";
    DeviceDisconnected = "đã tắt", "off";
    DeviceLost = "mất liên lạc", "lost";
    DeviceUnheard = "chưa nghe", "unheard";
    Motion = "có người", "motion";
    Still = "yên", "still";
    ZoneUnknown = "không rõ", "unknown";

    // Kinds.
    KindKiosk = "ki-ốt", "kiosk";
    KindCounter = "quầy", "counter";
    KindRating = "nút đánh giá", "rating";
    KindCamera = "camera", "camera";
    KindWall = "màn hình", "wall";
    KindGateway = "cổng nối", "gateway";
    KindHost = "máy chủ", "host";
    ZoneWaiting = "chỗ chờ", "waiting";
    ZoneCounter = "tại quầy", "counter";
    ZoneEntrance = "lối vào", "entrance";
    ZoneIgnore = "bỏ qua", "ignored";

    // Ratings.
    VerySatisfied = "Rất hài lòng", "Very satisfied";
    Satisfied = "Hài lòng", "Satisfied";
    Neutral = "Bình thường", "Neutral";
    Dissatisfied = "Không hài lòng", "Dissatisfied";
    VeryDissatisfied = "Rất không hài lòng", "Very dissatisfied";
    RatedTickets = "{} lượt đánh giá hôm nay", "{} ratings today";
    SatisfiedShare = "{} hài lòng trở lên", "{} satisfied or better";
    Unbound = "{} lượt không gắn được với số nào", "{} presses belong to no ticket";
    NoRatingsYet = "chưa có đánh giá nào hôm nay", "no ratings today yet";

    // Priorities.
    PriorityNormal = "thường", "normal";
    PriorityElderly = "cao tuổi", "elderly";
    PriorityDisabled = "khuyết tật", "disabled";
    PriorityPregnant = "mang thai", "pregnant";
    PriorityChild = "trẻ nhỏ", "child";
    PriorityMerit = "có công", "merit";
    PriorityAppointment = "hẹn trước", "appointment";

    // Why a figure is missing.
    NoOpenCounter = "không quầy mở", "no open counter";
    ClosedUntil = "nghỉ đến {}", "closed to {}";
    ClosedToday = "đã nghỉ", "closed";
    NotEnoughHistory = "chưa đủ số liệu", "too little data";
    NotInWindow = "{} qua không ai được gọi", "nobody called in the last {}";
    NobodyWaits = "không ai chờ", "nobody waits";
    NotSaid = "chưa báo", "not told";
    NotForYou = "không có quyền xem", "not for this role";
    NotOpenInWindow = "không mở trong {} qua", "not open in the last {}";
    NoPicture = "mất hình", "no picture";
    NoDataYet = "chưa có số liệu", "no data yet";
    Away = "vắng", "away";
    Asking = "đang hỏi máy chủ…", "asking the server…";
    NotAsked = "nhấn {} để xem", "{} shows them";

    // What is wrong with a row.
    WhileWaiting = "khi {} người chờ", "while {} wait";
    ConsoleLost = "máy quầy mất liên lạc", "console lost";
    NotCome = "chưa đến", "not come";
    TroubleLongWait = "{}: {} người chờ, lâu nhất {}", "{}: {} waiting, longest {}";
    TroubleNoCounter = "{}: {} người chờ, không quầy mở", "{}: {} waiting, no open counter";
    TroubleIdle = "{}: rảnh {} khi {} người chờ", "{}: idle for {} while {} wait";
    TroublePaused = "{}: ngưng {} khi {} người chờ", "{}: paused for {} while {} wait";
    TroubleNotCome = "{}: gọi {} từ {} trước, chưa đến", "{}: called {} {} ago, not come";
    TroubleLongService = "{}: phục vụ {} đã {}", "{}: has been serving {} for {}";
    TroubleDeviceLost = "{}: mất liên lạc {}", "{}: lost for {}";
    TroubleNoPicture = "{}: mất hình {}", "{}: no picture for {}";
    TroubleFlag = "{}: {}", "{}: {}";

    // Empty panes.
    NoServicesYet = "chưa có thủ tục nào lên tiếng", "no service has been heard of yet";
    NoCountersYet = "chưa có quầy nào lên tiếng", "no counter has been heard of yet";
    NoCallsYet = "hôm nay chưa gọi số nào", "no calls today yet";
    NoZones = "không có camera nào", "no cameras";
    NoDevices = "chưa có thiết bị nào", "no devices yet";
    NoDeadLetters = "không có thư chết", "no dead letters";
    NoAlerts = "không có cảnh báo", "no alerts";

    // Severities.
    SeverityInfo = "tin", "info";
    SeverityWarning = "chú ý", "warning";
    SeverityCritical = "khẩn", "critical";

    // What is typed.
    FilterExamples = "ví dụ: dat dai · !dong · cho>15 · quay=3 · tt=tam-dung", "examples: land · !closed · wait>15 · counter=3 · state=paused";
    FilterShows = "còn {} dòng · {}", "{} rows · {}";
    JumpExamples = "ví dụ: quay 5 · phieu a012 · dv dat-dai · thiet-bi kiosk-1", "examples: counter 5 · ticket a012 · service dat-dai · device kiosk-1";
    JumpGoesTo = "Enter: tới {}", "Enter: to {}";

    // Help.
    Help = "Trợ giúp", "Help";
    HelpMarks = "Ký hiệu", "Marks";
    HelpReadOnly = "Chỉ xem: không phím nào làm thay đổi hoạt động của trung tâm", "Read only: no key changes anything in the centre";
    HelpPanes = "Ở các bảng", "At the panes";
    HelpEverywhere = "Ở mọi nơi", "Everywhere";
    HelpReading = "Ở trợ giúp và chi tiết", "In the help and the details";
    HelpPicking = "Khi chọn cột", "Picking a column";
    HelpTyping = "Khi gõ", "Typing";
    MarkTrouble = "cần chú ý; nền cam: xem trước tiên", "needs attention; on orange: look here first";
    MarkServing = "đang phục vụ", "serving";
    MarkCalled = "đã gọi, công dân đang đến", "called, on the way";
    MarkIdle = "mở, không có ai", "open, nobody there";
    MarkPaused = "tạm ngưng", "paused";
    MarkClosed = "quầy đóng", "closed";
    MarkMoving = "có người cử động ở khu vực đó", "somebody moves there";
    MarkPast = "dự kiến kéo sang giờ mở lại", "expected to last past the next opening";
    MarkLate = "có thể không kịp trong hôm nay", "may not be called before closing";
    MarkMissing = "chưa biết (không phải là 0)", "not known (which is not 0)";

    // What rows can be sorted by.
    SortBy = "Sắp xếp", "Sort";
    SortTrouble = "cần chú ý trước", "trouble first";
    SortName = "tên", "name";
    SortWaiting = "số người chờ", "people waiting";
    SortLongest = "chờ lâu nhất", "longest wait";
    SortMean = "chờ trung bình", "mean wait";
    SortP90 = "chờ p90", "wait p90";
    SortEstimate = "dự kiến", "expected wait";
    SortPromise = "tỷ lệ đúng hẹn", "promises kept";
    SortArrivals = "lượt đến", "arrivals";
    SortCalled = "lượt gọi", "called";
    SortOpen = "số quầy mở", "open counters";
    SortStatus = "trạng thái", "status";
    SortOfficer = "cán bộ", "officer";
    SortTicket = "số phiếu", "ticket";
    SortSince = "từ lúc", "since";
    SortUtilisation = "hiệu suất quầy", "utilisation";
    SortServed = "số đã xong", "served";
    SortServiceMean = "thời gian phục vụ trung bình", "mean service time";
    SortTime = "thời điểm", "time";
    SortCounter = "quầy", "counter";
    SortService = "thủ tục", "service";
    SortSatisfaction = "tỷ lệ hài lòng", "satisfaction";
    SortRated = "số lượt đánh giá", "ratings";
    SortLevel = "mức đông", "level";
    SortKind = "loại", "kind";
    SortState = "trạng thái", "state";
    SortAge = "tuổi của tin", "age";
    SortGaps = "số tin hụt", "gaps";
    SortSkew = "lệch đồng hồ", "clock skew";
    SortReason = "lý do", "reason";
    SortTopic = "chủ đề", "topic";
    SortSeverity = "mức độ", "severity";
    SortRule = "loại cảnh báo", "rule";

    // Everything that is known of a row.
    Department = "Đơn vị", "Department";
    Field = "Lĩnh vực", "Field";
    Console = "Máy ở quầy", "Console";
    Place = "Vị trí", "Place";
    Identity = "Mã", "Id";
    Status = "Trạng thái", "Status";
    Reason = "Lý do", "Reason";
    Officer = "Cán bộ", "Officer";
    Ticket = "Số", "Ticket";
    Since = "Từ", "Since";
    Served = "Đã xong hôm nay", "Served today";
    MeanService = "Phục vụ trung bình", "Mean service time";
    Utilisation = "Hiệu suất", "Utilisation";
    Waiting = "Đang chờ", "Waiting";
    Longest = "Chờ lâu nhất", "Longest wait";
    NextTickets = "Số tiếp theo", "Next numbers";
    InWindow = "Trong {} qua", "In the last {}";
    WindowCounts = "đến {}, gọi {}, bỏ cuộc {}", "{} came, {} called, {} left";
    WaitFigures = "Chờ t.bình / p50 / p90", "Wait mean / p50 / p90";
    Expected = "Dự kiến", "Expected";
    ExpectedExactly = "{} {} p50 {} s {} p90 {} s", "{} {} p50 {} s {} p90 {} s";
    RightAway = "ngay", "now";
    MayBeLate = "trễ?", "late?";
    PastBreak = "Qua giờ nghỉ", "Past a break";
    IntoOpening = "có thể sang {}", "maybe after {}";
    NoBreak = "không, trong buổi này", "no, before the next break";
    BeforeClose = "Lấy số bây giờ", "A number taken now";
    InTime = "kịp trong hôm nay", "is called before closing";
    NotInTime = "có thể không kịp trong hôm nay", "may not be called before closing";
    NoHours = "chưa khai giờ làm việc", "no opening hours are set";
    PromiseKept = "Đúng hẹn hôm nay", "Promises kept today";
    PromiseShare = "{} (n={})", "{} (n={})";
    PromiseBroken = "{} (n={}), dưới {}", "{} (n={}), below {}";
    NothingPromised = "chưa gọi số nào có khoảng chờ", "no promised ticket called yet";
    WhatIfOne = "Nếu thêm 1 quầy: {}", "With one more counter: {}";
    WhatIfTitle = "Nếu thêm {} quầy: {}", "With {} more counters: {}";
    WhatIfNine = "9/10 được gọi trong", "9 in 10 called in";
    WhatIfHalf = "Một nửa được gọi trong", "Half called in";
    WhatIfGain = "Lấy số bây giờ", "A number taken now";
    WhatIfEarlier = "sớm hơn trung bình {} (sai số {})", "is called {} earlier on the mean (error {})";
    WhatIfLater = "muộn hơn trung bình {} (sai số {})", "is called {} later on the mean (error {})";
    WhatIfEmpty = "Hết người chờ (9/10)", "Line empty (9 in 10)";
    WhatIfWaiting = "Số người chờ (9/10)", "Waiting (9 in 10)";
    WhatIfLeave = "Bỏ về khi đang chờ", "Leave while waiting";
    WhatIfFrom = "Tính từ", "Reckoned from";
    WhatIfRuns = "số liệu lúc {}, mô phỏng {} lần", "figures of {}, {} simulations";
    WhatIfAsked = "đang tính…", "being reckoned…";
    WhatIfNobodyServes = "chưa có quầy phục vụ", "no counter serves it";
    WhatIfCloses = "hết giờ trước", "closes before";
    WhatIfBeyond = "lâu hơn dự báo", "beyond the forecast";
    WhatIfNobodyComes = "không có người tới", "nobody comes";
    WhatIfUnseen = "chưa đủ dữ liệu", "not enough seen yet";
    OpenCounters = "Quầy mở", "Open counters";
    TrendWaiting = "Số người chờ, 1 giờ", "Waiting, 1 hour";
    TrendP90 = "Chờ p90, 1 giờ", "Wait p90, 1 hour";
    ServesHere = "Quầy phục vụ", "Counters serving it";
    LastCalls = "Vừa gọi", "Last calls";
    MissedHere = "Vắng mặt (30′)", "Missed (30′)";
    Time = "Lúc", "At";
    Priority = "Đối tượng", "Class";
    Service = "Thủ tục", "Service";
    Counter = "Quầy", "Counter";
    CallNumber = "Lần gọi", "Call";
    Kind = "Loại", "Kind";
    Level = "Mức", "Level";
    MotionNow = "Chuyển động", "Motion";
    People = "Số người", "People";
    Camera = "Camera", "Camera";
    Zone = "Khu vực", "Zone";
    OfItsZone = "Camera thấy", "The camera sees";
    HeardAgo = "Nghe lần cuối", "Last heard";
    Skew = "Lệch đồng hồ", "Clock skew";
    Gaps = "Tin hụt", "Gaps";
    Flags = "Ghi chú", "Flags";
    Topic = "Chủ đề", "Topic";
    WrongWith = "Sai ở đâu", "What was wrong";
    Payload = "Nội dung", "Payload";
    Offset = "Vị trí trong nhật ký", "Offset in the journal";
    Rule = "Cảnh báo", "Alert";
    Severity = "Mức độ", "Severity";
    FreeRoom = "Còn trống", "Free";
    DaysLeft = "Còn đủ", "Enough for";
    Days = "{} ngày", "{} days";
    LastBackup = "Sao lưu mới nhất", "Newest backup";
    AcknowledgedBy = "Đã nhận", "Acknowledged by";
    AttentionCount = "cần chú ý", "need attention";
    NeedsAttention = "Cần chú ý", "Needs attention";
    Ago = "{} trước", "{} ago";
    NobodyThere = "không có ai ở quầy", "nobody at the counter";
    NoneServedYet = "hôm nay chưa xong số nào", "none served today yet";
    NotMeasured = "chưa đo được", "not measured yet";
    LineOfService = "{}: {} chờ, lâu nhất {}", "{}: {} waiting, longest {}";
    Nobody = "chưa ai", "nobody yet";
    None = "không", "none";
}
