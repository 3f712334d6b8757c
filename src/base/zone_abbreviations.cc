#include "base/datetime_scan.h"

#include <algorithm>
#include <array>

namespace allod {
namespace {

// PostgreSQL's "Default" set of abbreviations: seconds east of UTC, or the zone whose rules say what it meant when.
// In order of name.
constexpr auto kAbbreviations = std::to_array<ZoneAbbreviation>({
    {"acdt", 37800, ""}, {"acsst", 37800, ""}, {"acst", 34200, ""}, {"act", -18000, ""}, {"acwst", 31500, ""},
    {"adt", -10800, ""}, {"aedt", 39600, ""}, {"aesst", 39600, ""}, {"aest", 36000, ""}, {"aft", 16200, ""},
    {"akdt", -28800, ""}, {"akst", -32400, ""}, {"almst", 25200, ""}, {"almt", 21600, ""},
    {"amst", 0, "Asia/Yerevan"}, {"amt", -14400, ""}, {"anast", 0, "Asia/Anadyr"}, {"anat", 0, "Asia/Anadyr"},
    {"arst", 0, "America/Argentina/Buenos_Aires"}, {"art", 0, "America/Argentina/Buenos_Aires"}, {"ast", -14400, ""},
    {"awsst", 32400, ""}, {"awst", 28800, ""}, {"azost", 0, ""}, {"azot", -3600, ""}, {"azst", 0, "Asia/Baku"},
    {"azt", 0, "Asia/Baku"}, {"bdst", 7200, ""}, {"bdt", 21600, ""}, {"bnt", 28800, ""}, {"bort", 28800, ""},
    {"bot", -14400, ""}, {"bra", -10800, ""}, {"brst", -7200, ""}, {"brt", -10800, ""}, {"bst", 3600, ""},
    {"btt", 21600, ""}, {"cadt", 37800, ""}, {"cast", 34200, ""}, {"cct", 28800, ""}, {"cdt", -18000, ""},
    {"cest", 7200, ""}, {"cet", 3600, ""}, {"cetdst", 7200, ""}, {"chadt", 49500, ""}, {"chast", 45900, ""},
    {"chut", 36000, ""}, {"ckt", 0, "Pacific/Rarotonga"}, {"clst", -10800, ""}, {"clt", 0, "America/Santiago"},
    {"cot", -18000, ""}, {"cst", -21600, ""}, {"cxt", 25200, ""}, {"davt", 0, "Antarctica/Davis"},
    {"ddut", 36000, ""}, {"easst", 0, "Pacific/Easter"}, {"east", 0, "Pacific/Easter"}, {"eat", 10800, ""},
    {"edt", -14400, ""}, {"eest", 10800, ""}, {"eet", 7200, ""}, {"eetdst", 10800, ""}, {"egst", 0, ""},
    {"egt", -3600, ""}, {"est", -18000, ""}, {"fet", 10800, ""}, {"fjst", 46800, ""}, {"fjt", 43200, ""},
    {"fkst", 0, "Atlantic/Stanley"}, {"fkt", 0, "Atlantic/Stanley"}, {"fnst", -3600, ""}, {"fnt", -7200, ""},
    {"galt", -21600, ""}, {"gamt", -32400, ""}, {"gest", 0, "Asia/Tbilisi"}, {"get", 0, "Asia/Tbilisi"},
    {"gft", -10800, ""}, {"gilt", 43200, ""}, {"gmt", 0, ""}, {"gyt", 0, "America/Guyana"}, {"hkt", 28800, ""},
    {"hst", -36000, ""}, {"ict", 25200, ""}, {"idt", 10800, ""}, {"iot", 0, "Indian/Chagos"},
    {"irkst", 0, "Asia/Irkutsk"}, {"irkt", 0, "Asia/Irkutsk"}, {"irt", 12600, ""}, {"ist", 7200, ""},
    {"jayt", 32400, ""}, {"jst", 32400, ""}, {"kdt", 36000, ""}, {"kgst", 21600, ""}, {"kgt", 0, "Asia/Bishkek"},
    {"kost", 0, "Pacific/Kosrae"}, {"krast", 0, "Asia/Krasnoyarsk"}, {"krat", 0, "Asia/Krasnoyarsk"},
    {"kst", 32400, ""}, {"lhdt", 0, "Australia/Lord_Howe"}, {"lhst", 37800, ""}, {"ligt", 36000, ""},
    {"lint", 0, "Pacific/Kiritimati"}, {"lkt", 0, "Asia/Colombo"}, {"magst", 0, "Asia/Magadan"},
    {"magt", 0, "Asia/Magadan"}, {"mart", -34200, ""}, {"mawt", 0, "Antarctica/Mawson"}, {"mdt", -21600, ""},
    {"mest", 7200, ""}, {"mesz", 7200, ""}, {"met", 3600, ""}, {"metdst", 7200, ""}, {"mez", 3600, ""},
    {"mht", 43200, ""}, {"mmt", 23400, ""}, {"mpt", 36000, ""}, {"msd", 14400, ""}, {"msk", 0, "Europe/Moscow"},
    {"mst", -25200, ""}, {"must", 18000, ""}, {"mut", 14400, ""}, {"mvt", 18000, ""}, {"myt", 28800, ""},
    {"ndt", -9000, ""}, {"nft", -12600, ""}, {"novst", 0, "Asia/Novosibirsk"}, {"novt", 0, "Asia/Novosibirsk"},
    {"npt", 20700, ""}, {"nst", -12600, ""}, {"nut", 0, "Pacific/Niue"}, {"nzdt", 46800, ""}, {"nzst", 43200, ""},
    {"nzt", 43200, ""}, {"omsst", 0, "Asia/Omsk"}, {"omst", 0, "Asia/Omsk"}, {"pdt", -25200, ""},
    {"pet", -18000, ""}, {"petst", 0, "Asia/Kamchatka"}, {"pett", 0, "Asia/Kamchatka"}, {"pgt", 36000, ""},
    {"pht", 28800, ""}, {"pkst", 21600, ""}, {"pkt", 18000, ""}, {"pmdt", -7200, ""}, {"pmst", -10800, ""},
    {"pont", 39600, ""}, {"pst", -28800, ""}, {"pwt", 32400, ""}, {"pyst", -10800, ""},
    {"pyt", 0, "America/Asuncion"}, {"ret", 14400, ""}, {"sadt", 37800, ""}, {"sast", 7200, ""}, {"sct", 14400, ""},
    {"sgt", 0, "Asia/Singapore"}, {"taht", -36000, ""}, {"tft", 18000, ""}, {"tjt", 18000, ""},
    {"tkt", 0, "Pacific/Fakaofo"}, {"tmt", 0, "Asia/Ashgabat"}, {"tot", 46800, ""}, {"trut", 36000, ""},
    {"tvt", 43200, ""}, {"uct", 0, ""}, {"ulast", 32400, ""}, {"ulat", 0, "Asia/Ulaanbaatar"}, {"ut", 0, ""},
    {"utc", 0, ""}, {"uyst", -7200, ""}, {"uyt", -10800, ""}, {"uzst", 21600, ""}, {"uzt", 18000, ""},
    {"vet", 0, "America/Caracas"}, {"vlast", 0, "Asia/Vladivostok"}, {"vlat", 0, "Asia/Vladivostok"},
    {"volt", 0, "Europe/Volgograd"}, {"vut", 39600, ""}, {"wadt", 28800, ""}, {"wakt", 43200, ""},
    {"wast", 25200, ""}, {"wat", 3600, ""}, {"wdt", 32400, ""}, {"wet", 0, ""}, {"wetdst", 3600, ""},
    {"wft", 43200, ""}, {"wgst", -7200, ""}, {"wgt", -10800, ""}, {"xjt", 21600, ""}, {"yakst", 0, "Asia/Yakutsk"},
    {"yakt", 0, "Asia/Yakutsk"}, {"yapt", 36000, ""}, {"yekst", 21600, ""}, {"yekt", 0, "Asia/Yekaterinburg"},
    {"z", 0, ""}, {"zulu", 0, ""},
});
static_assert(std::is_sorted(kAbbreviations.begin(), kAbbreviations.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));

}  // namespace

const ZoneAbbreviation* FindZoneAbbreviation(std::string_view lower) {
  auto at = std::lower_bound(kAbbreviations.begin(), kAbbreviations.end(), lower,
                             [](const ZoneAbbreviation& a, std::string_view name) { return a.name < name; });
  return at != kAbbreviations.end() && at->name == lower ? &*at : nullptr;
}

}  // namespace allod
