//! The table of APIs: path, who may call it, what answers it.

use super::{Answer, ApiError, Request, Scope, archive, contacts, external};
use crate::world::Corp;

type Handler = fn(&Corp, &Request) -> Answer;

/// One API.
struct Route {
    path: &'static str,
    scope: Scope,
    handler: Handler,
}

const fn route(path: &'static str, scope: Scope, handler: Handler) -> Route {
    Route { path, scope, handler }
}

/// Every API that answers JSON; the two of `media/` stand beside them because they carry files.
const ROUTES: [Route; 22] = [
    route("/cgi-bin/getcallbackip", Scope::Any, contacts::ip_list),
    route("/cgi-bin/get_api_domain_ip", Scope::Any, contacts::ip_list),
    route("/cgi-bin/department/list", Scope::Contacts, contacts::department_list),
    route("/cgi-bin/department/simplelist", Scope::Contacts, contacts::department_simplelist),
    route("/cgi-bin/user/list_id", Scope::Contacts, contacts::user_list_id),
    route("/cgi-bin/user/simplelist", Scope::Contacts, contacts::user_simplelist),
    route("/cgi-bin/user/list", Scope::Contacts, contacts::user_list),
    route("/cgi-bin/user/get", Scope::Contacts, contacts::user_get),
    route("/cgi-bin/msgaudit/get_permit_user_list", Scope::Archive, archive::permit_user_list),
    route("/cgi-bin/msgaudit/check_single_agree", Scope::Archive, archive::single_agree),
    route("/cgi-bin/msgaudit/check_room_agree", Scope::Archive, archive::room_agree),
    route("/cgi-bin/msgaudit/groupchat/get", Scope::Archive, archive::groupchat),
    route("/cgi-bin/msgaudit/get_robot_info", Scope::Archive, archive::robot_info),
    route("/cgi-bin/externalcontact/get_follow_user_list", Scope::External, external::follow_user_list),
    route("/cgi-bin/externalcontact/list", Scope::External, external::list),
    route("/cgi-bin/externalcontact/get", Scope::External, external::get),
    route("/cgi-bin/externalcontact/batch/get_by_user", Scope::External, external::batch_get_by_user),
    route("/cgi-bin/externalcontact/groupchat/list", Scope::External, external::groupchat_list),
    route("/cgi-bin/externalcontact/groupchat/get", Scope::External, external::groupchat_get),
    route("/cgi-bin/externalcontact/get_corp_tag_list", Scope::External, external::corp_tag_list),
    route("/cgi-bin/media/upload", Scope::App, |_, _| Err(ApiError::new(41005, "media data missing"))),
    route("/cgi-bin/media/get", Scope::App, |_, _| Err(ApiError::of(40007))),
];

/// Who may call the API at `path`; nothing when there is none.
pub fn scope(path: &str) -> Option<Scope> {
    find(path).map(|route| route.scope)
}

/// Calls the API that the request names.
pub fn call(corp: &Corp, request: &Request) -> Answer {
    match find(&request.path) {
        Some(route) => (route.handler)(corp, request),
        None => Err(ApiError::new(40001, "unknown api path")),
    }
}

fn find(path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.path == path)
}
