/** Licences of what the program is made with. */
import { texts } from "./index";

export default texts({
  "zh-CN": {
    "title": "第三方许可",
    "lead": "本程序使用的第三方组件及其许可证。",
    "filter": "筛选组件",
    "filter.name": "组件名称",
    "filter.licence": "许可证",
    "col.name": "组件",
    "col.version": "版本",
    "col.licence": "许可证",
    "text": "许可证全文",
    "none": "没有匹配的组件",
    "missing": "此服务器不提供许可清单",
    "missing_help": "请查看随程序发布的许可文件。",
  },
  en: {
    "title": "Licences",
    "lead": "What this program is made with, and under which licences.",
    "filter": "Filter packages",
    "filter.name": "Package",
    "filter.licence": "Licence",
    "col.name": "Package",
    "col.version": "Version",
    "col.licence": "Licence",
    "text": "Text of the licence",
    "none": "No such package",
    "missing": "This server has no list of licences",
    "missing_help": "See the licence files that come with the program.",
  },
});
