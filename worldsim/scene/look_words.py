"""The words a prompt may use for a look, in English and Korean, and what each means. Data only.

A phrase of several words counts before its parts. Korean words are given without their particles, which `look_prompt`
takes off (밤의, 가을에), and may be written together (안개낀).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from worldsim.scene.look_names import Keys, Value


@dataclass(frozen=True)
class Meaning:
    """What some phrases say of a look.

    Attributes:
        keys: of the look. english, korean: phrases, all lower case.
    """

    keys: Keys
    english: tuple[str, ...]
    korean: tuple[str, ...]


def _of(english: str, korean: str, **keys: Value) -> Meaning:
    """Return a meaning; phrases are separated by commas."""
    split = [tuple(phrase.strip() for phrase in text.split(",")) for text in (english, korean)]
    return Meaning(MappingProxyType(keys), *split)


TIME = (
    _of("dawn, daybreak, sunrise", "새벽, 일출, 해돋이, 동틀 녘, 동틀녘", sun_elevation_deg=2.5, sun_azimuth_deg=28),
    _of("early morning", "이른 아침", sun_elevation_deg=9, sun_azimuth_deg=12, haze=0.3),
    _of("morning", "아침, 오전", sun_elevation_deg=22, sun_azimuth_deg=-20),
    _of("noon, midday", "정오, 한낮, 대낮", sun_elevation_deg=64, sun_azimuth_deg=-105),
    _of("afternoon", "오후", sun_elevation_deg=38, sun_azimuth_deg=-140),
    _of("late afternoon", "늦은 오후", sun_elevation_deg=20, sun_azimuth_deg=-155),
    _of("evening", "저녁", sun_elevation_deg=7, sun_azimuth_deg=170),
    _of(
        "golden hour, golden light, magic hour", "골든 아워, 골든아워, 황금 시간, 황금빛, 황금 시간대",
        sun_elevation_deg=9, sun_azimuth_deg=-158, warmth=0.35,
    ),
    _of("sunset, sundown", "노을, 석양, 해질녘, 해 질 녘, 일몰, 저녁노을", sun_elevation_deg=1.6,
        sun_azimuth_deg=152, saturation=0.25),
    _of("dusk, twilight, blue hour", "황혼, 땅거미, 블루 아워, 블루아워, 어스름", sun_elevation_deg=-3.5,
        sun_azimuth_deg=165, warmth=-0.4),
    _of("night, moonlit, moonlight, midnight", "밤, 달밤, 달빛, 한밤중, 심야, 자정", sky="night",
        sun_elevation_deg=38, sun_azimuth_deg=-65),
)  # fmt: skip

SUN = (
    _of("high sun", "높은 해, 높은 태양", sun_elevation_deg=60),
    _of("low sun", "낮은 해, 낮은 태양", sun_elevation_deg=10),
    _of("sun from the east", "동쪽 해, 동쪽 햇빛", sun_azimuth_deg=0),
    _of("sun from the north", "북쪽 해, 북쪽 햇빛", sun_azimuth_deg=90),
    _of("sun from the west", "서쪽 해, 서쪽 햇빛", sun_azimuth_deg=180),
    _of("sun from the south", "남쪽 해, 남쪽 햇빛", sun_azimuth_deg=-90),
)

SKY = (
    _of("clear, clear sky, cloudless, blue sky, sunny, sunshine, sunlit", "맑은, 맑음, 화창한, 쾌청한, 푸른 하늘, 햇살",
        sky="clear"),
    _of("partly cloudy, scattered clouds, clouds, broken clouds, fair weather", "구름, 구름 조금, 조각구름, 뭉게구름",
        sky="partly_cloudy"),
    _of("overcast, cloudy, grey sky, gray sky, soft light, soft daylight, diffuse light",
        "흐린, 흐림, 구름 낀, 잿빛 하늘, 부드러운 빛", sky="overcast"),
    _of("storm, stormy, thunderstorm, dark clouds, tempest", "폭풍, 폭풍우, 뇌우, 먹구름", sky="storm", wetness=0.7,
        haze=0.4),
    _of("studio, studio light, soft studio light, plain backdrop", "스튜디오, 스튜디오 조명", sky="studio"),
)  # fmt: skip

AIR = (
    _of("crisp, crystal clear, clear air", "청명한, 선명한 공기, 맑은 공기", haze=0.02),
    _of("hazy, haze, dusty, dust", "연무, 뿌연, 먼지, 아지랑이", haze=0.5),
    _of("mist, misty, morning mist", "옅은 안개, 물안개, 박무", haze=0.75),
    _of("fog, foggy", "안개, 안개 낀, 안개 자욱한, 자욱한 안개", haze=0.88),
    _of("dense fog, thick fog, heavy fog", "짙은 안개", haze=1.0),
)

SEASON = (
    _of("spring, springtime", "봄, 봄날", season="spring"),
    _of("summer, late summer, green, lush", "여름, 늦여름, 푸른, 초록, 푸르른", season="summer"),
    _of("dry, parched, arid, drought, dry summer", "마른, 메마른, 가뭄, 건조한", season="dry"),
    _of(
        "autumn, autumnal, late autumn, early autumn, fall leaves, fall colours, fall colors",
        "가을, 단풍, 늦가을",
        season="autumn",
    ),
    _of("winter, wintry, bare, frost, frosty", "겨울, 서리, 앙상한", season="winter", warmth=-0.15),
    _of("snow, snowy, snow-covered, snow covered", "눈, 눈 덮인, 설경, 눈 내린, 눈 내리는, 하얀 눈", season="snow"),
)

WATER = (
    _of("damp, after rain, after the rain", "촉촉한, 비 온 뒤, 비 갠 뒤", wetness=0.5),
    _of("wet, soaked, puddles", "젖은, 흠뻑 젖은, 물웅덩이", wetness=0.9),
    _of("rain, rainy, drizzle", "비, 비 오는, 비 내리는, 장마, 이슬비", sky="overcast", wetness=0.85, haze=0.5),
)

MOOD = (
    _of("bright, airy, high key", "밝은, 환한", exposure=0.5),
    _of("dark, gloomy, low key, dim", "어두운, 어둑한, 침침한", exposure=-0.8),
    _of("warm, warm light, cosy, cozy", "따뜻한, 따스한, 포근한", warmth=0.4),
    _of("cold, cool, bluish, chilly, icy", "차가운, 서늘한, 쌀쌀한, 추운", warmth=-0.4),
    _of("dramatic, contrasty, high contrast, harsh", "극적인, 강렬한, 대비가 강한", contrast=0.4),
    _of("soft, gentle, low contrast, faded", "부드러운, 은은한, 잔잔한, 빛바랜", contrast=-0.3),
    _of("vivid, colourful, colorful, saturated, vibrant", "선명한, 화려한, 생생한", saturation=0.4),
    _of("muted, desaturated, bleak, pale", "차분한, 창백한, 색 바랜, 칙칙한", saturation=-0.4),
    _of("black and white, monochrome", "흑백", saturation=-1.0),
    _of("cinematic, filmic", "영화 같은, 영화처럼, 시네마틱", contrast=0.2, saturation=-0.1, warmth=0.1),
    _of("dreamy", "몽환적인, 꿈같은", contrast=-0.3, haze=0.45, exposure=0.3),
)

MEANINGS: Mapping[str, tuple[Meaning, ...]] = MappingProxyType(
    {"time": TIME, "sun": SUN, "sky": SKY, "air": AIR, "season": SEASON, "water": WATER, "mood": MOOD}
)
"""All phrases by subject, in the order of the table in docs/looks.md."""

STRONGER = ("very", "heavy", "heavily", "deep", "strong", "strongly", "매우", "아주", "몹시", "강한")
WEAKER = ("slightly", "slight", "light", "lightly", "faint", "a little", "a bit", "약간", "조금", "살짝", "연한")
FACTOR: Mapping[str, float] = MappingProxyType(dict.fromkeys(STRONGER, 1.5) | dict.fromkeys(WEAKER, 0.5))
"""Words that make the next one stronger or weaker: they multiply its haze, wetness and mood."""

_FILLERS = """
a an and at by for from in into it its is of on or over the then to under up with like look looks light day daylight air
time weather season sky sun landscape scene scenery picture shot filmed film footage hand
그리고 및 와 과 의 에 에서 은 는 이 가 을 를 로 으로 날 때 풍경 분위기 하늘 느낌 장면 사진 촬영
한 낀 듯한 같은 있는 햇빛 빛 날씨 계절 시간
"""
FILLERS = frozenset(_FILLERS.split())
"""Words without a meaning of their own here, which need not be reported."""

PARTICLES = (
    "에서는", "으로", "에서", "에는", "처럼", "하고", "이고", "이며", "하게", "한", "인", "의", "에", "이", "가",
    "은", "는", "을", "를", "와", "과", "로", "도",
)  # fmt: skip
"""Korean endings that are taken off a word that is not known with them, the longer ones first."""
